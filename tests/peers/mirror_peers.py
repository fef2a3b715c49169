#!/usr/bin/env python3
"""The mirror of package archives: a web server that plays the archive (and breaks off, lies about
lengths, stalls, refuses, goes away), tugboot between, clients that want ranges and dates, and real
apt-get with a root of its own. In a network namespace of its own. TAP lines on standard output.
"""
import email.utils
import gzip
import hashlib
import http.client
import http.server
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from tap import Tap, check  # noqa: E402

PROGRAM = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")
PORT, UPSTREAM_PORT, PROXY_PORT = 18068, 18080, 18081
DATE = 1700000000


def until(what, words, seconds=60):
    """Wait for something to become true, however long it takes on a slow machine."""
    end = time.monotonic() + seconds
    while not what():
        check(time.monotonic() < end, "it did not come: " + words)
        time.sleep(0.05)


def blob(seed, size):
    return random.Random(seed).randbytes(size)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        if server.gone:
            self.close_connection = True
            return
        asked = {name: self.headers.get(name) for name in
                 ("Range", "If-None-Match", "If-Modified-Since")}
        with server.lock:
            server.seen.append((self.path, asked))
        if server.status:
            self.send_error(server.status)
            return
        if self.path in server.moved:
            self.send_response(302)
            self.send_header("Location", server.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        tag = '"%s"' % hashlib.sha256(data).hexdigest()[:20]
        if asked["If-None-Match"] == tag:
            self.send_response(304)
            self.end_headers()
            return
        begin, whole = 0, len(data) + server.lie
        if asked["Range"]:
            begin = int(asked["Range"].split("=")[1].split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, whole - 1, whole))
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", email.utils.formatdate(DATE, usegmt=True))
        if server.sized:
            self.send_header("Content-Length", str(whole - begin))
        elif server.chunked:
            self.send_header("Transfer-Encoding", "Chunked")
            data = b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if server.then: # the head alone, and another file from then on
            server.files[self.path], server.then = server.then, None
            self.close_connection = True
            return
        try:
            self.send_body(data[begin:])
        except OSError:
            pass # the client was quicker

    def send_body(self, rest):
        server = self.server
        if server.gate and len(rest) > 100000:
            self.wfile.write(rest[:100000])
            self.wfile.flush()
            server.gate.wait(60)
            rest = rest[100000:]
        is_cut = server.cuts > 0 and len(rest) > 50000
        self.wfile.write(rest[:50000] if is_cut else rest)
        self.wfile.flush()
        if is_cut or server.lie:
            server.cuts -= 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)


class Archive(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, files, tls=None):
        self.files, self.seen, self.lock = files, [], threading.Lock()
        self.status, self.cuts, self.lie, self.sized, self.gate = 0, 0, 0, True, None
        self.gone, self.chunked, self.then = False, False, None
        self.moved = {}
        super().__init__(("127.0.0.1", UPSTREAM_PORT), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what some of these cases are about."""

    def stop(self):
        """Connections that are kept alive end, too."""
        self.gone = True
        self.shutdown()
        self.server_close()

    def count(self, path):
        with self.lock:
            return [seen for seen, _ in self.seen].count(path)


class Proxy:
    """A web proxy that knows CONNECT alone."""

    def __init__(self):
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", PROXY_PORT))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return # it was closed
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.asked.append(head.split(b" ")[:2])
        server = socket.create_connection(("127.0.0.1", UPSTREAM_PORT))
        client.sendall(b"HTTP/1.1 200 Connection established\r\nServer: proxy\r\n\r\n")
        threading.Thread(target=self.pump, args=(client, server), daemon=True).start()
        self.pump(server, client)

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass # either side may hang up

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Place:
    def __init__(self, top, files, **mirror):
        self.folder = tempfile.mkdtemp(dir=top)
        os.chmod(self.folder, 0o755)
        self.archive = Archive(files)
        self.config = os.path.join(self.folder, "tugboot.yaml")
        self.copies = self.folder + "/state/mirror"
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"state": self.folder + "/state", "images": self.folder + "/state/images",
                       "loaders": [self.folder + "/state/loaders"], "user": "nobody",
                       "control": self.folder + "/control", "dhcp": {"mode": "off"},
                       "tftp": {"enabled": False}, "http": {"port": 18090},
                       "https": {"enabled": False}, "altiris": {"enabled": False},
                       "admin": {"enabled": False},
                       "mirror": dict({"port": PORT, "upstreams": {
                           "deb": "http://127.0.0.1:%d/pub/" % UPSTREAM_PORT}}, **mirror)}, out)
        self.log = open(self.folder + "/log", "w+", encoding="utf-8")
        self.daemon = None
        self.start()

    def start(self):
        begin = len(self.said())
        self.daemon = subprocess.Popen([PROGRAM, "serve", "--config", self.config],
                                       stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until(lambda: "the mirror serves at port" in self.said()[begin:] or
              self.daemon.poll() is not None, "the mirror's start: " + self.said())
        check(self.daemon.poll() is None, self.said())

    def said(self):
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as text:
            return text.read()

    def stop(self):
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(60)
        # The mirror's process ends by itself, once its channel is closed.
        until(lambda: not is_open(PORT), "the end of the mirror")

    def end(self):
        self.stop()
        self.archive.stop()
        self.log.close()

    def restart(self):
        self.stop()
        self.start()

    def get(self, path, method="GET", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v
                                                      for k, v in fields.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def run(self, *words, code=0):
        done = subprocess.run([PROGRAM, "mirror", *words, "--config", self.config],
                              capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == code, "exit %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
        return done.stdout + done.stderr


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


DEB = "/pub/pool/main/h/hello/hello_1_amd64.deb"
INDEX = "/pub/dists/stable/InRelease"


def via(path):
    return path.replace("/pub/", "/mirror/deb/")


def fetched_once(place):
    data = place.archive.files[DEB] = blob(1, 300000)
    status, fields, body = place.get(via(DEB))
    check(status == 200 and body == data, "%d, %d bytes" % (status, len(body)))
    check(fields["Content-Length"] == "300000" and "ETag" in fields, fields)
    check(fields["Last-Modified"] == email.utils.formatdate(DATE, usegmt=True), fields)
    status, fields, body = place.get(via(DEB), Range="bytes=1000-1999")
    check(status == 206 and body == data[1000:2000], status)
    check(fields["Content-Range"] == "bytes 1000-1999/300000", fields)
    status, fields, body = place.get(via(DEB), "HEAD")
    check(status == 200 and fields["Content-Length"] == "300000" and not body, fields)
    check(place.get(via(DEB), If_None_Match=fields["ETag"])[0] == 304, "no 304 by tag")
    check(place.get(via(DEB), If_Modified_Since=fields["Last-Modified"])[0] == 304, "no 304 by date")
    until(lambda: "the mirror fetched deb/pool/main/h/hello/hello_1_amd64.deb" in place.said(),
          "the event")
    check(place.archive.count(DEB) == 1, place.archive.seen)


def indexes_are_asked_after(place):
    files = place.archive.files
    files[INDEX] = b"one\n" * 100
    check(place.get(via(INDEX))[2] == files[INDEX], "other bytes")
    until(lambda: place.get(via(INDEX))[0] == 200 and place.archive.count(INDEX) > 1,
          "a second question")
    check(any(asked["If-None-Match"] for path, asked in place.archive.seen if path == INDEX),
          "it was fetched without a condition")
    files[INDEX] = b"two\n" * 120
    until(lambda: place.get(via(INDEX))[2] == files[INDEX], "the new bytes")


def many_wait_for_one(place):
    """Eight clients get the beginning while the rest has not come, and one of them a range of it."""
    path = "/pub/pool/main/b/big/big_1_amd64.deb"
    data = place.archive.files[path] = blob(2, 3000000)
    place.archive.gate = threading.Event()
    begun, bodies, lock = threading.Semaphore(0), [], threading.Lock()

    def read(range_):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        connection.request("GET", via(path), headers={"Range": range_} if range_ else {})
        answer = connection.getresponse()
        first = answer.read(50000)
        begun.release()
        with lock:
            bodies.append((range_, first + answer.read()))
        connection.close()

    threads = [threading.Thread(target=read, args=(r,)) for r in [None] * 7 + ["bytes=10000-"]]
    for thread in threads:
        thread.start()
    for _ in threads:
        check(begun.acquire(timeout=60), "nothing came before all was there")
    place.archive.gate.set()
    for thread in threads:
        thread.join(120)
    place.archive.gate = None
    check(len(bodies) == 8, len(bodies))
    for range_, body in bodies:
        check(body == (data[10000:] if range_ else data), "other bytes (%s)" % range_)
    check(place.archive.count(path) == 1, "fetched %d times" % place.archive.count(path))


def as_many_as_may_be(place):
    """While 32 files are coming an index that is here is served without being asked after."""
    files = place.archive.files
    files[INDEX] = b"one\n" * 100
    place.get(via(INDEX))
    paths = ["/pub/pool/main/m/many_%d_amd64.deb" % number for number in range(32)]
    for number, path in enumerate(paths):
        files[path] = blob(number, 150000)
    place.archive.gate = threading.Event()
    connections = []
    for path in paths:
        connections.append(http.client.HTTPConnection("127.0.0.1", PORT, timeout=120))
        connections[-1].request("GET", via(path))
    time.sleep(2.5) # so that the index is to be asked after
    check(place.get("/mirror/other/x")[0] == 404, "all 32 are seen now")
    asked = place.archive.count(INDEX)
    check(place.get(via(INDEX))[2] == files[INDEX], "other bytes")
    check(place.archive.count(INDEX) == asked, "it waited, and was asked after")
    place.archive.gate.set()
    for path, connection in zip(paths, connections):
        check(connection.getresponse().read() == files[path], "other bytes of " + path)
        connection.close()


def what_breaks_off(place):
    """It is gone on with where it stands; one that lies about its length is not kept."""
    path = "/pub/pool/main/c/cut/cut_1_amd64.deb"
    data = place.archive.files[path] = blob(3, 250000)
    place.archive.cuts = 2
    status, _, body = place.get(via(path))
    check(status == 200 and body == data, "%d, %d bytes" % (status, len(body)))
    check([asked["Range"] for seen, asked in place.archive.seen if seen == path] ==
          [None, "bytes=50000-", "bytes=100000-"], place.archive.seen[-3:])
    place.archive.cuts, place.archive.lie = 0, 1000
    path = "/pub/pool/main/l/lie/lie_1_amd64.deb"
    place.archive.files[path] = blob(4, 200000)
    try:
        status, fields, body = place.get(via(path))
        check(False, "it was taken: %d %s %d" % (status, fields, len(body)))
    except (http.client.IncompleteRead, OSError):
        pass
    place.archive.lie = 0
    until(lambda: place.get(via(path))[2] == place.archive.files[path], "the true bytes")


def behind_a_proxy(place):
    """An upstream with TLS: the proxy's own answer to CONNECT is not taken for the upstream's. The
    system's certificates are others in this test's namespace."""
    certificates, key = "/etc/ssl/certs", place.folder + "/key.pem"
    place.stop()
    place.archive.stop()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", certificates], check=True)
    proxy = Proxy()
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=archive",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                        certificates + "/ca-certificates.crt"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificates + "/ca-certificates.crt", key)
        data = blob(3, 250000)
        place.archive = Archive({DEB: data}, tls)
        place.archive.cuts = 2
        place.start()
        status, _, body = place.get(via(DEB))
        check(status == 200 and body == data, "%d, %d bytes" % (status, len(body)))
        check([asked["Range"] for _, asked in place.archive.seen] ==
              [None, "bytes=50000-", "bytes=100000-"], place.archive.seen)
        check(proxy.asked[0] == [b"CONNECT", b"127.0.0.1:%d" % UPSTREAM_PORT], proxy.asked)
    finally:
        proxy.stop()
        subprocess.run(["umount", "-l", certificates], check=True)


def without_a_length(place):
    path = "/pub/pool/main/u/unsized/unsized_1_amd64.deb"
    data = place.archive.files[path] = blob(5, 150000)
    place.archive.sized = False
    status, fields, body = place.get(via(path))
    check(status == 200 and body == data and fields["Content-Length"] == "150000", fields)
    # With chunks the end is known, and it is kept; one that lacks its last chunk is not served.
    place.archive.chunked = True
    path = "/pub/pool/main/c/chunked/chunked_1_amd64.deb"
    place.archive.files[path] = data
    status, fields, body = place.get(via(path))
    check(status == 200 and body == data and fields["Content-Length"] == "150000", fields)
    check(place.get(via(path))[2] == data and place.archive.count(path) == 1, place.archive.seen)
    path = "/pub/pool/main/b/broken/broken_1_amd64.deb"
    place.archive.files[path], place.archive.cuts = data, 1
    check(place.get(via(path))[0] == 503, "half of it was served")


def whole_or_not(place):
    """Without a length and without chunks nothing tells the end from a connection that broke: those
    who wait get what came, in whole and in part, and nobody gets it later."""
    path = "/pub/pool/main/u/unsized/unsized_1_amd64.deb"
    data = place.archive.files[path] = blob(5, 150000)
    place.archive.sized, place.archive.cuts = False, 1
    check(place.get(via(path))[2] == data[:50000], "other bytes")
    status, fields, body = place.get(via(path), Range="bytes=40000-")
    check(status == 206 and body == data[40000:50000], fields)
    check(json.loads(place.run("list", "--json"))["files"] == [], "it was kept")
    until(lambda: place.get(via(path))[2] == data, "all of it")
    until(lambda: json.loads(place.run("status", "--json"))["fetched"] == 2, "the second fetch")
    check(json.loads(place.run("list", "--json"))["files"] == [], "it was kept")
    until(lambda: not parts(place), "the end of what was begun")
    place.archive.sized = True
    until(lambda: place.get(via(path))[2] == data and
          json.loads(place.run("list", "--json"))["files"], "the copy")


def another_head(place):
    """Broken off before the first byte, and changed meanwhile: whoever has got the head of the one does
    not get the body of the other."""
    place.archive.files[DEB], other = blob(6, 60000), blob(7, 60000)
    place.archive.then = other
    try:
        check(False, "it was taken: %d %s" % place.get(via(DEB))[:2])
    except (http.client.IncompleteRead, OSError):
        pass
    check(place.archive.count(DEB) == 2, place.archive.seen)
    until(lambda: place.get(via(DEB))[2] == other, "the other file")


def parts(place):
    """Files of the mirror that are not whole yet."""
    return [name for _, _, names in os.walk(place.copies) for name in names
            if name.startswith(".part-")]


def refusals(place):
    for path, status, words in (("/mirror/deb/pool/absent.deb", 404, b"404"),
                                ("/mirror/other/x", 404, b"upstreams"),
                                ("/mirror/deb/", 404, b"listings"),
                                ("/mirror/deb/a/../../x", 404, b""),
                                ("/etc/passwd", 404, b"")):
        got = place.get(path)
        check(got[0] == status and words in got[2], "%s: %s" % (path, got))
    place.archive.status = 503
    got = place.get("/mirror/deb/pool/refused_1.deb")
    place.archive.status = 0
    check(got[0] == 503 and b"503" in got[2], got)
    got = place.get("/mirror/deb/pool/x.deb", "POST")
    check(got[0] == 405, got)


def without_the_upstream(place):
    """What is here is served, index or not; what is not, is said; and it comes back."""
    files = place.archive.files
    files[INDEX], files[DEB] = b"three\n" * 90, blob(1, 300000)
    until(lambda: place.get(via(INDEX))[2] == files[INDEX], "the index")
    place.get(via(DEB))
    place.archive.stop()
    time.sleep(2.5) # so that the index is to be asked after
    check(place.get(via(INDEX))[2] == files[INDEX], "the index is not served")
    check(place.get(via(DEB))[2] == files[DEB], "the package is not served")
    got = place.get("/mirror/deb/pool/new_1.deb")
    check(got[0] == 503 and b"no copy" in got[2], got)
    until(lambda: "cannot reach its upstream deb" in place.said(), "the event")
    place.restart() # all of it is on disk
    check(place.get(via(DEB))[2] == files[DEB], "the package is not served after a restart")
    check(place.get(via(INDEX))[2] == files[INDEX], "the index is not served after a restart")
    files["/pub/pool/new_1.deb"] = b"new" * 1000
    place.archive = Archive(files)
    until(lambda: place.get("/mirror/deb/pool/new_1.deb")[0] == 200, "the upstream's return")


def its_process_dies(place):
    """It is started again, with what is on disk."""
    data = place.archive.files[DEB] = blob(1, 300000)
    place.get(via(DEB))
    with open(place.copies + "/status.json", encoding="utf-8") as text:
        os.kill(json.load(text)["pid"], signal.SIGSEGV)
    until(lambda: "was started again" in place.said(), "the event")
    until(lambda: is_open(PORT), "the port")
    check(place.get(via(DEB))[2] == data, "other bytes")


def rights(place):
    """Another user, no capabilities, and a filter of system calls; the daemon has no copy of ours."""
    until(lambda: os.path.exists(place.copies + "/status.json"), "the status")
    with open(place.copies + "/status.json", encoding="utf-8") as text:
        pid = json.load(text)["pid"]
    with open("/proc/%d/status" % pid, encoding="utf-8") as text:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
    check(status["Uid"].split()[0] == "65534" and status["CapEff"] == "0" * 16, status)
    check(status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status)


def planted_links(place):
    """The service's user puts links in the place of its folders: what they lead to is not given to it."""
    root_folder = tempfile.mkdtemp(dir=place.folder)
    os.chmod(root_folder, 0o755)
    images = place.folder + "/state/images"
    place.stop()
    for name in (place.copies, images):
        check(os.stat(name).st_uid == 65534, "%s was not given" % name)
        shutil.rmtree(name)
        os.symlink(root_folder, name)
    place.start()
    check(os.stat(root_folder).st_uid == 0, "a folder of root's was given away")
    place.stop()
    for name in (place.copies, images):
        os.unlink(name)
    place.start()
    check(os.stat(place.copies).st_uid == 65534, "it was not given again")


def folder_elsewhere(place):
    """Outside of the state folder: made, given, and used by way of root's own links; one of the
    service's user on the way to it is not followed, and is told of."""
    elsewhere = place.folder + "/elsewhere"
    place.stop()
    with open(place.config, encoding="utf-8") as text:
        config = json.load(text)
    os.makedirs(elsewhere + "/real")
    os.symlink("real", elsewhere + "/link")
    config["mirror"]["folder"] = elsewhere + "/link/copies"
    with open(place.config, "w", encoding="utf-8") as out:
        json.dump(config, out)
    place.start()
    place.archive.files[DEB] = blob(1, 3000)
    check(place.get(via(DEB))[2] == place.archive.files[DEB], "other bytes")
    check(os.stat(elsewhere + "/real/copies").st_uid == 65534, "it was not given")
    place.stop()
    root_folder = tempfile.mkdtemp(dir=place.folder)
    shutil.rmtree(elsewhere + "/real/copies")
    os.symlink(root_folder, elsewhere + "/real/copies")
    os.lchown(elsewhere + "/real/copies", 65534, 65534)
    begin = len(place.said())
    place.daemon = subprocess.Popen([PROGRAM, "serve", "--config", place.config],
                                    stdin=subprocess.DEVNULL, stdout=place.log, stderr=place.log)
    until(lambda: "is not root's" in place.said()[begin:], "the sentence")
    check(os.stat(root_folder).st_uid == 0, "a folder of root's was given away")


def moved_elsewhere(place):
    """The assets of a release page (netboot.xyz's lie so): the mirror follows to where they are, and
    has them when neither can be reached."""
    names = ["vmlinuz", "initrd", "filesystem.squashfs"]
    folder, objects = "/pub/ubuntu-squash/releases/download/24.04-0123/", "/objects/45/"
    for number, name in enumerate(names):
        place.archive.files[objects + name] = blob(number, 120000)
        place.archive.moved[folder + name] = objects + name
    place.archive.moved[folder + "circle"] = folder + "circle"
    for name in names:
        status, fields, body = place.get(via(folder + name))
        check(status == 200 and body == place.archive.files[objects + name], status)
        check("Location" not in fields, fields)
    got = place.get(via(folder + "circle"))
    check(got[0] == 503, got)
    place.archive.stop()
    place.restart()
    for name in names:
        check(place.get(via(folder + name))[2] == place.archive.files[objects + name], name)


def bounded(place):
    for number in range(6):
        path = "/pub/pool/main/x/x_%d_amd64.deb" % number
        place.archive.files[path] = blob(number, 15 << 20)
        check(len(place.get(via(path))[2]) == 15 << 20, "short")
        if number == 3:
            place.get(via("/pub/pool/main/x/x_0_amd64.deb")) # used again: it stays longer
    used = sum(os.path.getsize(os.path.join(top, name))
               for top, _, names in os.walk(place.copies) for name in names)
    check(used <= 64 << 20, "%d bytes" % used)
    def names():
        return [row["name"] for row in json.loads(place.run("list", "--json"))["files"]]

    listed, kept = place.run("list"), names()
    check("x_0_amd64" in listed and "x_1_amd64" not in listed, listed)
    until(lambda: "let go of" in place.said(), "the event")
    path = "/pub/pool/main/h/huge_1_amd64.deb"
    place.archive.files[path] = bytes(65 << 20)
    got = place.get(via(path))
    check(got[0] == 503 and b"size-max" in got[2], got[:2])
    check(names() == kept, "what never fits has cost what was here")


def refused_beside(place, size, words):
    """One file is coming, and of a second one there is no room beside it."""
    first, second = "/pub/pool/main/f/first_1_amd64.deb", "/pub/pool/main/s/second_1_amd64.deb"
    place.archive.files.update({first: blob(1, size), second: blob(2, size)})
    place.archive.gate, got = threading.Event(), []
    thread = threading.Thread(target=lambda: got.append(place.get(via(first))))
    thread.start()
    until(lambda: parts(place), "the first one's beginning")
    refused = place.get(via(second))
    place.archive.gate.set()
    thread.join(120)
    check(refused[0] == 503 and words in refused[2], refused[:2])
    check(got[0][0] == 200 and got[0][2] == place.archive.files[first], got[0][:2])


def bounded_together(place):
    place.archive.files[DEB] = blob(3, 15 << 20)
    place.get(via(DEB))
    refused_beside(place, 35 << 20, b"coming just now")
    names = [row["name"] for row in json.loads(place.run("list", "--json"))["files"]]
    check(len(names) == 2, names) # nothing went for what was refused


def on_a_small_disk(place):
    place.stop()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=140m", "tmpfs", place.copies],
                   check=True)
    try:
        place.start()
        refused_beside(place, 45 << 20, b"the disk of the mirror is full")
    finally:
        subprocess.run(["umount", "-l", place.copies], check=True)


def commands(place):
    place.archive.files[DEB], place.archive.files[INDEX] = blob(1, 300000), b"x" * 5000
    place.get(via(DEB))
    place.get(via(INDEX))
    until(lambda: "served" in place.run("status"), "the status")
    said = json.loads(place.run("status", "--json"))
    check(said["files"] == 2 and said["upstreams"] == {"deb": "http://127.0.0.1:18080/pub"}, said)
    rows = json.loads(place.run("list", "--json"))["files"]
    check([row["name"] for row in rows] == ["deb/pool/main/h/hello/hello_1_amd64.deb",
                                            "deb/dists/stable/InRelease"], rows)
    place.run("prune", code=2)
    check("0 files" in place.run("prune", "--unused", "1"), "")
    check("0 files" in place.run("prune", "--upstream", "other"), "")
    check("2 files" in place.run("prune", "--all"), "")
    place.archive.seen.clear()
    check(place.get(via(DEB))[2] == place.archive.files[DEB], "it did not come again")
    check(place.archive.count(DEB) == 1, place.archive.seen)


def never_asks(place):
    """mirror: offline."""
    got = place.get(via(DEB))
    check(got[0] == 503 and b"offline" in got[2] and place.archive.seen == [], got)


# --- apt

def make_repository(top):
    """A signed archive with one package, as files by path."""
    tree = tempfile.mkdtemp(dir=top)
    os.makedirs(tree + "/pkg/DEBIAN")
    os.makedirs(tree + "/pkg/usr/share/tugboot-test")
    with open(tree + "/pkg/DEBIAN/control", "w", encoding="utf-8") as out:
        out.write("Package: tugboot-test\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>"
                  "\nDescription: a test\n")
    with open(tree + "/pkg/usr/share/tugboot-test/data", "wb") as out:
        out.write(blob(9, 500000))
    deb = tree + "/t.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree + "/pkg", deb], check=True,
                   capture_output=True)
    with open(deb, "rb") as data:
        package = data.read()
    name = "pool/main/t/tugboot-test_1_all.deb"
    with open(tree + "/pkg/DEBIAN/control", encoding="utf-8") as text:
        packages = "%sFilename: %s\nSize: %d\nSHA256: %s\n" % (
            text.read(), name, len(package), hashlib.sha256(package).hexdigest())
    packages = packages.encode()
    zipped = gzip.compress(packages)
    folder = "main/binary-amd64/"
    rows = "".join(" %s %d %s\n" % (hashlib.sha256(data).hexdigest(), len(data), folder + file)
                   for file, data in (("Packages", packages), ("Packages.gz", zipped)))
    release = ("Origin: T\nSuite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n"
               "Acquire-By-Hash: yes\nDate: %s\nSHA256:\n%s" % (
                   email.utils.formatdate(time.time(), usegmt=True).replace("GMT", "UTC"), rows))
    home = tree + "/gnupg"
    os.mkdir(home, 0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--no-tty"]
    subprocess.run(gpg + ["--passphrase", "", "--quick-generate-key", "T <t@example.org>", "ed25519",
                          "sign", "never"], check=True, capture_output=True)
    signed = subprocess.run(gpg + ["--clearsign"], input=release.encode(), check=True,
                            capture_output=True).stdout
    key = subprocess.run(gpg + ["--export"], check=True, capture_output=True).stdout
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False,
                   capture_output=True)
    base = "/pub/dists/stable/"
    by_hash = base + folder + "by-hash/SHA256/" + hashlib.sha256(zipped).hexdigest()
    return key, package, {base + "InRelease": signed, base + folder + "Packages.gz": zipped,
                          by_hash: zipped, "/pub/" + name: package}


def apt(place, root, key, *words):
    for folder in ("/etc/apt/preferences.d", "/state/lists/partial", "/cache/archives/partial", "/dpkg"):
        os.makedirs(root + folder, exist_ok=True)
    open(root + "/dpkg/status", "a", encoding="utf-8").close()
    with open(root + "/key.gpg", "wb") as out:
        out.write(key)
    with open(root + "/etc/apt/sources.list", "w", encoding="utf-8") as out:
        out.write("deb [signed-by=%s/key.gpg arch=amd64] http://127.0.0.1:%d/mirror/deb stable main\n"
                  % (root, PORT))
    options = {"Dir": root, "Dir::Etc::parts": "-", "Dir::Etc::sourceparts": "-",
               "Dir::Etc::sourcelist": root + "/etc/apt/sources.list", "Dir::State": root + "/state",
               "Dir::State::status": root + "/dpkg/status", "Dir::Cache": root + "/cache",
               "Dir::Etc::trustedparts": root + "/none", "APT::Architecture": "amd64",
               "APT::Architectures::": "amd64", "APT::Sandbox::User": "root",
               "Acquire::http::Proxy": "DIRECT", "Acquire::Languages": "none",
               "Acquire::Retries": "0", "Debug::NoLocking": "1"}
    command = ["apt-get"]
    for name, value in options.items():
        command += ["-o", "%s=%s" % (name, value)]
    done = subprocess.run(command + list(words), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300, check=False,
                          env=dict(os.environ, LC_ALL="C"))
    said = done.stdout + done.stderr
    check(done.returncode == 0 and "W:" not in said, said)
    return said


def real_apt(place):
    """The first machine's install comes from the archive, the second one's from here alone."""
    key, package, place.archive.files = make_repository(place.folder)
    name = "/cache/archives/tugboot-test_1_all.deb"
    for turn in ("first", "second"):
        root = place.folder + "/" + turn
        apt(place, root, key, "update")
        apt(place, root, key, "-y", "--download-only", "install", "tugboot-test")
        with open(root + name, "rb") as got:
            check(got.read() == package, "another package")
        if turn == "first":
            place.archive.stop()
            place.restart()
    until(lambda: place.run("status"), "the status")


CASES = ((fetched_once, {}), (indexes_are_asked_after, {}), (many_wait_for_one, {}),
         (as_many_as_may_be, {}), (what_breaks_off, {}), (behind_a_proxy, {"proxy": "http://127.0.0.1:%d" % PROXY_PORT, "upstreams": {
             "deb": "https://127.0.0.1:%d/pub/" % UPSTREAM_PORT}}),
         (without_a_length, {}), (whole_or_not, {}), (another_head, {}), (refusals, {}), (without_the_upstream, {}),
         (its_process_dies, {}), (rights, {}), (planted_links, {}), (folder_elsewhere, {}), (moved_elsewhere, {}), (bounded, {"size-max": 64}),
         (bounded_together, {"size-max": 64}), (on_a_small_disk, {}), (commands, {}),
         (never_asks, {"offline": True}), (real_apt, {}))


def run_case(case, top, mirror):
    place = Place(top, {}, **mirror)
    try:
        case(place)
    except Exception as error:
        raise AssertionError("%r\n%s" % (error, place.said()[-3000:])) from error
    finally:
        place.end()


def enter_namespace(program):
    """Go on in network and mount namespaces of our own, without the proxies of this machine."""
    if os.environ.get("MIRROR_PEERS") != "inside":
        os.environ["MIRROR_PEERS"] = "inside"
        os.execvp("unshare", ["unshare", "--net", "--mount", "sh", "-c", 'ip link set lo up && exec "$0" "$@"',
                              sys.executable, os.path.abspath(program), *sys.argv[1:]])
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)


def main():
    enter_namespace(__file__)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="tugboot-mirror-")
    os.chmod(top, 0o755)
    try:
        for case, mirror in CASES:
            if len(sys.argv) < 2 or case.__name__ in sys.argv[1:]:
                tap.case(case.__name__.replace("_", " "), run_case, case, top, mirror)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

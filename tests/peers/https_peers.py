#!/usr/bin/env python3
"""The HTTPS port against real clients and hostile ones.

    https_peers.py [PATH/TO/http_serve [CASE...]]

Starts the port with certificates of a test CA over a folder of its own on 127.0.0.1, and talks to it
by curl, openssl s_client, Python's ssl and raw sockets. Prints a line per case; exits 0 when all
passed.
"""
import os, re, resource, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
SERVE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    HERE, "..", "..", "build", "bench", "http_serve")
CASES = []


def case(f):
    CASES.append(f)
    return f


def need(ok, text):
    if not ok:
        raise AssertionError(text)


def openssl(*words):
    subprocess.run(("openssl",) + words, check=True, capture_output=True)


class Authority:
    """A CA in a folder, and what it issues."""

    def __init__(self, folder, name="test CA"):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.pem = folder, os.path.join(folder, "ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "90", "-keyout", os.path.join(folder, "ca.key"), "-subj", "/CN=" + name, "-out", self.pem)

    def issue(self, pem, key, kind="rsa", name="127.0.0.1"):
        kind = ("rsa:2048",) if kind == "rsa" else ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        request = os.path.join(self.folder, "request")
        with open(os.path.join(self.folder, "names"), "w", encoding="ascii") as out:
            out.write("subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:%s\n" % name)
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", key, "-subj", "/CN=" + name, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey",
                os.path.join(self.folder, "ca.key"), "-CAcreateserial", "-days", "60", "-extfile",
                os.path.join(self.folder, "names"), "-out", pem)


class Server:
    def __init__(self, folder, keys, *options):
        self.lines = []
        self.process = subprocess.Popen(
            [SERVE, folder, "127.0.0.1", "0", "tls", keys, "events", *options],
            stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        need(ready.startswith("ready "), f"did not start: {ready!r}")
        self.port = int(ready.split()[1])
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def saw(self, word, timeout=30.0, after=0):
        end = time.time() + timeout
        while time.time() < end:
            if any(word in line for line in list(self.lines)[after:]):
                return True
            time.sleep(0.02)
        return False

    def url(self, name):
        return f"https://127.0.0.1:{self.port}/{name}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.thread.join(5)
        return code


class World:
    """The folder that is served, the CA, the keys, and servers of several kinds over them."""

    def __init__(self, top):
        self.top, self.files, self.keys = top, os.path.join(top, "files"), os.path.join(top, "keys")
        os.makedirs(self.files)
        os.makedirs(self.keys)
        self.data = {}
        for name, size in (("empty", 0), ("one", 1), ("small.efi", 4096), ("edge", 65536), ("over", 65537),
                           ("record", 16384), ("big.iso", 20_000_003)):
            self.data[name] = os.urandom(size)
            with open(os.path.join(self.files, name), "wb") as f:
                f.write(self.data[name])
        self.ca = Authority(os.path.join(top, "ca"))
        for kind in ("rsa", "ec"):
            self.ca.issue(os.path.join(self.keys, kind + ".pem"), os.path.join(self.keys, kind + ".key"),
                          kind)
        self.server = Server(self.files, self.keys, "greeting-ms", "1500")

    def variant(self, name, *options, without=(), client_ca=None):
        keys = os.path.join(self.top, name)
        shutil.copytree(self.keys, keys)
        for file in without:
            os.unlink(os.path.join(keys, file))
        if client_ca:
            shutil.copy(client_ca, os.path.join(keys, "client-ca.pem"))
        return Server(self.files, keys, *options)

    def curl(self, name, *options, server=None, trust=True, code=0):
        out = os.path.join(self.top, "out")
        if os.path.exists(out):
            os.unlink(out)
        words = ["curl", "-sS", "-o", out, "-D", "-"] + (["--cacert", self.ca.pem] if trust else [])
        done = subprocess.run(words + list(options) + [(server or self.server).url(name)],
                              capture_output=True, text=True, timeout=60)
        need(done.returncode == code, f"curl {' '.join(options)}: {done.returncode}: {done.stderr}")
        body = b""
        if os.path.exists(out):
            with open(out, "rb") as f:
                body = f.read()
        return done.stdout, body

    def context(self, **more):
        context = ssl.create_default_context(cafile=self.ca.pem)
        for key, value in more.items():
            setattr(context, key, value)
        return context

    def connect(self, context=None, server=None, name="127.0.0.1"):
        raw = socket.create_connection(("127.0.0.1", (server or self.server).port), timeout=20)
        return (context or self.context()).wrap_socket(raw, server_hostname=name)


def request(name, close=False, method="GET", *fields):
    lines = [f"{method} /{name} HTTP/1.1", "Host: t", *fields] + (["Connection: close"] if close else [])
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(s, buffer=b"", body=True):
    """One answer off the stream: status, head, body, and what came after it."""
    while b"\r\n\r\n" not in buffer:
        part = s.recv(65536)
        need(part, "the stream ended in a head")
        buffer += part
    head, rest = buffer.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"\r\ncontent-length: (\d+)", head, re.I).group(1)) if body else 0
    parts, have = [rest], len(rest)
    while have < length:
        parts.append(s.recv(1 << 20))
        need(parts[-1], f"the stream ended after {have} of {length} bytes")
        have += len(parts[-1])
    rest = b"".join(parts)
    return int(head.split()[1]), head, rest[:length], rest[length:]


@case
def whole_files_by_every_version(w):
    for version in (("--tls-max", "1.2"), ("--tlsv1.3",)):
        for name, data in w.data.items():
            need(w.curl(name, *version)[1] == data, f"{name} by {version}")


@case
def suites_of_firmware(w):
    """What EDK2 with and without elliptic curves, and iPXE since 2012, have in common with us."""
    for suite in ("AES128-SHA256", "AES256-SHA256", "AES128-GCM-SHA256", "AES256-GCM-SHA384",
                  "DHE-RSA-AES128-SHA256", "DHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
                  "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
                  "ECDHE-ECDSA-AES256-GCM-SHA384"):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{w.server.port}", "-tls1_2",
                               "-cipher", suite, "-CAfile", w.ca.pem, "-verify_return_error"],
                              input="", capture_output=True, text=True, timeout=20)
        need(f"Cipher is {suite}" in done.stdout, f"{suite}: {done.stderr.strip()[-300:]}")
        need(w.curl("over", "--tls-max", "1.2", "--ciphers", suite)[1] == w.data["over"], suite)


@case
def old_clients_only_when_allowed(w):
    weak = ("--tls-max", "1.2", "--ciphers", "AES128-SHA:@SECLEVEL=0")
    oldest = ("--tlsv1.0", "--tls-max", "1.0", "--ciphers", "AES128-SHA:@SECLEVEL=0")
    at = len(w.server.lines)
    w.curl("one", *weak, code=35)
    need(w.server.saw("offers no cipher suite that is allowed", after=at), f"{w.server.lines[at:]}")
    w.curl("one", *oldest, code=35)
    need(w.server.saw("no version of TLS that is allowed", after=at), f"{w.server.lines[at:]}")
    old = w.variant("old", "old")
    try:
        for words in (weak, oldest, ("--tlsv1.3",)):
            need(w.curl("over", *words, server=old)[1] == w.data["over"], f"{words}")
    finally:
        need(old.stop() == 0, "the old one ended badly")


@case
def certificate_by_what_the_client_can(w):
    for words, kind in ((("-tls1_2", "-cipher", "ECDHE+aRSA"), "rsaEncryption"),
                        (("-tls1_2", "-cipher", "kRSA"), "rsaEncryption"),
                        (("-tls1_2",), "id-ecPublicKey"), ((), "id-ecPublicKey"),
                        (("-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"), "rsaEncryption")):
        shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{w.server.port}", *words],
                               input="", capture_output=True, text=True, timeout=20).stdout
        text = subprocess.run(["openssl", "x509", "-noout", "-text"], input=shown, capture_output=True,
                              text=True, check=True).stdout
        need(kind in text, f"{words}: not {kind}")


@case
def names_are_never_refused(w):
    """Firmware puts the literal address into SNI, or a name we never heard of, or none."""
    for words in (("-servername", "127.0.0.1"), ("-servername", "nobody.example"), ("-noservername",)):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{w.server.port}", *words],
                              input="", capture_output=True, text=True, timeout=20)
        need("Cipher is " in done.stdout and "(NONE)" not in done.stdout, f"{words}: {done.stderr}")


@case
def head_ranges_and_conditions(w):
    head, body = w.curl("big.iso", "-I")
    need("200" in head.splitlines()[0] and "ontent-Length: 20000003" in head and body.count(b"\r\n") > 3,
         head)
    for span in ((0, 0), (16383, 16384), (100, 70000), (19999990, 20000002)):
        head, body = w.curl("big.iso", "-r", "%d-%d" % span)
        need("206" in head.splitlines()[0] and body == w.data["big.iso"][span[0]:span[1] + 1], f"{span}")
    etag = re.search(r"(?i)^etag: (.*?)\r?$", w.curl("one", "-I")[0], re.M).group(1)
    head, _ = w.curl("one", "-H", f"If-None-Match: {etag}")
    need("304" in head.splitlines()[0], head)
    need("404" in w.curl("absent")[0].splitlines()[0], "absent")


@case
def kept_alive_and_pipelined(w):
    with w.connect() as s:
        rest = b""
        for name in ("one", "small.efi", "edge", "over", "record", "empty", "big.iso", "one"):
            s.sendall(request(name))
            status, _, body, rest = answer(s, rest)
            need(status == 200 and body == w.data[name] and not rest, name)
        s.sendall(b"".join(request(n) for n in ("one", "over", "big.iso", "small.efi", "edge")))
        for name in ("one", "over", "big.iso", "small.efi", "edge"):
            status, _, body, rest = answer(s, rest)
            need(status == 200 and body == w.data[name], name)
        s.sendall(request("one", close=True))
        answer(s, rest)
        need(s.recv(1) == b"", "the stream does not end")


@case
def one_byte_at_a_time(w):
    with w.connect() as s:
        for byte in request("small.efi"):
            s.sendall(bytes((byte,)))
        need(answer(s)[2] == w.data["small.efi"], "wrong body")


@case
def slow_reader_gets_it_whole(w):
    with w.connect() as s:
        s.sendall(request("big.iso"))
        time.sleep(0.5)  # until every buffer between us is full
        got = b""
        for _ in range(40):
            got += s.recv(3000)
            time.sleep(0.01)
        need(answer(s, got)[2] == w.data["big.iso"], "wrong body")


@case
def sessions_are_resumed(w):
    for version in ("-tls1_2", "-tls1_3"):
        for more in ((), ("-no_ticket",)) if version == "-tls1_2" else ((),):
            file = os.path.join(w.top, "session")
            words = ["openssl", "s_client", "-connect", f"127.0.0.1:{w.server.port}", version, *more]
            ask = "GET /one HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
            first = subprocess.run(words + ["-sess_out", file, "-ign_eof"], input=ask,
                                   capture_output=True, text=True, errors="replace", timeout=20).stdout
            again = subprocess.run(words + ["-sess_in", file, "-ign_eof"], input=ask,
                                   capture_output=True, text=True, errors="replace", timeout=20).stdout
            need("New, " in first and "Reused, " in again, f"{version} {more}")


@case
def no_renegotiation(w):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{w.server.port}", "-tls1_2"],
                          input="R\n", capture_output=True, text=True, timeout=20)
    need("no renegotiation" in done.stderr, done.stderr[-300:])


@case
def whom_nobody_trusts(w):
    at = len(w.server.lines)
    for version in (("--tls-max", "1.2"), ("--tlsv1.3",)):
        w.curl("one", *version, trust=False, code=60)
    need(sum("does not trust this CA" in line for line in wait_lines(w, at, 2)) == 2,
         f"{w.server.lines[at:]}")
    # Firmware of the EDK2 family hangs up without an alert.
    at = len(w.server.lines)
    bio_in, bio_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(bio_in, bio_out, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", w.server.port)) as s:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            s.sendall(bio_out.read())
        s.recv(65536)
    need(w.server.saw("hung up when it saw the certificate", after=at), f"{w.server.lines[at:]}")


def wait_lines(w, at, count):
    end = time.time() + 30
    while len(w.server.lines) < at + count and time.time() < end:
        time.sleep(0.02)
    return w.server.lines[at:]


@case
def garbage_instead_of_a_greeting(w):
    for name, data, says in (
            ("plain HTTP", b"GET / HTTP/1.1\r\nHost: t\r\n\r\n", "plain HTTP on the port of HTTPS"),
            ("zeros", bytes(64), "what came is not TLS"), ("SSH", b"SSH-2.0-x\r\n" * 9, "is not TLS"),
            ("a record without end", b"\x16\x03\x01\xff\xff" + bytes(64), "TLS: "),
            ("an empty hello", b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", "TLS: "),
            ("half a hello and gone", b"\x16\x03\x01\x00\x80\x01", "the connection was cut")):
        at = len(w.server.lines)
        with socket.create_connection(("127.0.0.1", w.server.port), timeout=10) as s:
            s.sendall(data)
            if "gone" not in name:
                while s.recv(4096):
                    pass
        need(w.server.saw(says, after=at), f"{name}: {w.server.lines[at:]}")
    for seed in range(120):  # damaged greetings of a real client
        hello = bytearray(client_hello())
        for at in range(seed % 7 + 1):
            hello[(seed * 31 + at * 17) % len(hello)] ^= 1 << seed % 8
        with socket.create_connection(("127.0.0.1", w.server.port), timeout=10) as s:
            s.sendall(bytes(hello))
            s.shutdown(socket.SHUT_WR)
            try:
                while s.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    need(w.curl("one")[1] == w.data["one"], "it serves no more")


def client_hello():
    bio_in, bio_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(bio_in, bio_out, server_hostname="127.0.0.1")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return bio_out.read()


@case
def slow_greetings_are_ended(w):
    """500 that drip their greeting and 500 that say nothing: others are served, and they are ended."""
    at, hello, slow = len(w.server.lines), client_hello(), []
    for number in range(1000):
        s = socket.create_connection(("127.0.0.1", w.server.port), timeout=10)
        if number % 2:
            s.sendall(hello[:20])
        slow.append(s)
    need(w.curl("over")[1] == w.data["over"], "others are not served")
    for step in range(3):
        time.sleep(0.4)
        for s in slow[1::2]:
            try:
                s.sendall(hello[20 + step:21 + step])
            except OSError:
                pass
    for s in slow:
        s.settimeout(30)
        try:
            need(s.recv(100) == b"", "it was answered")
        except ConnectionResetError:
            pass
        s.close()
    need(w.server.saw("the handshake did not end in time", after=at), "no word of it")


@case
def client_certificates(w):
    """The port tells those who show one from those who do not; a stranger's is refused."""
    clients = Authority(os.path.join(w.top, "clients"), "CA of the machines")
    pem, key = os.path.join(w.top, "machine.pem"), os.path.join(w.top, "machine.key")
    clients.issue(pem, key, "rsa", "machine")
    server = w.variant("asking", client_ca=clients.pem)
    try:
        for version in (("--tls-max", "1.2"), ("--tlsv1.3",)):
            need(w.curl("one", *version, server=server)[1] == w.data["one"], "without")
            need(w.curl("one", *version, "--cert", pem, "--key", key, server=server)[1] == w.data["one"],
                 "with")
        at = len(server.lines)
        stranger, its_key = os.path.join(w.top, "stranger.pem"), os.path.join(w.top, "stranger.key")
        w.ca.issue(stranger, its_key, "rsa", "stranger")
        w.curl("one", "--tls-max", "1.2", "--cert", stranger, "--key", its_key, server=server, code=35)
        need(server.saw("is not from a CA named by https.client-ca", after=at), f"{server.lines[at:]}")
    finally:
        need(server.stop() == 0, "it ended badly")


@case
def new_certificates_under_load(w):
    """Read again on and on while clients fetch: every answer is whole, and the last is the newest."""
    server = w.variant("renewed", "lanes", "2", without=("ec.pem", "ec.key"))
    keys, stop, failed = os.path.join(w.top, "renewed"), threading.Event(), []

    def fetch():
        while not stop.is_set():
            try:
                with w.connect(server=server) as s:
                    for name in ("over", "big.iso"):
                        s.sendall(request(name))
                        need(answer(s)[2] == w.data[name], "wrong body")
            except Exception as e:
                failed.append(repr(e))

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for t in threads:
        t.start()
    for number in range(8):
        at = len(server.lines)
        w.ca.issue(os.path.join(keys, "rsa.pem"), os.path.join(keys, "rsa.key"), "rsa", f"name{number}")
        server.process.send_signal(signal.SIGHUP)
        need(server.saw("reloaded", after=at), "not read again")
    stop.set()
    for t in threads:
        t.join()
    need(not failed, f"{failed[:3]}")
    with w.connect(server=server) as s:
        need(("DNS", "name7") in s.getpeercert()["subjectAltName"], f"{s.getpeercert()}")
    need(server.stop() == 0 and any("still open 0" in line for line in server.lines), "files left open")


@case
def idle_connections_are_small(w):
    """OpenSSL's buffers are let go: what 400 kept-alive connections hold in memory."""
    def resident():
        with open(f"/proc/{w.server.process.pid}/smaps_rollup", encoding="ascii") as f:
            return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
    held, before = [], None
    for number in range(450):
        s = w.connect()
        s.sendall(request("one"))
        answer(s)
        held.append(s)
        if number == 49:
            before = resident()
    each = (resident() - before) / 400
    for s in held:
        s.close()
    need(each < 24, f"{each:.1f} KiB each")
    return f"{each:.1f} KiB each"


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    for tool in ("curl", "openssl"):
        if not shutil.which(tool):
            print(f"1..0 # SKIP {tool} is not installed")
            return 77
    top = tempfile.mkdtemp(prefix="tugboot-https-")
    failed, only = 0, sys.argv[2:]
    try:
        w = World(top)
        chosen = [f for f in CASES if not only or f.__name__ in only]
        print(f"1..{len(chosen) + 1}", flush=True)
        for number, f in enumerate(chosen, 1):
            begun = time.time()
            try:
                said = f(w)
                print(f"ok {number} - {f.__name__} ({time.time() - begun:.1f} s)"
                      + (f": {said}" if said else ""), flush=True)
            except Exception as e:
                failed += 1
                print(f"not ok {number} - {f.__name__}: {type(e).__name__}: {e}", flush=True)
        ended = w.server.stop() == 0 and any("still open 0" in line for line in w.server.lines)
        failed += not ended
        print(f"{'ok' if ended else 'not ok'} {len(chosen) + 1} - ends with all files closed")
    finally:
        shutil.rmtree(top)
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
"""The HTTP port against real clients and hostile ones.

    http_peers.py [PATH/TO/http_serve [CASE...]]

Starts the port over a folder of its own on 127.0.0.1 and talks to it by raw sockets, Python's
http.client and curl. Prints a line per case; exits 0 when all passed.
"""
import email, hashlib, http.client, os, re, resource, shutil, signal, socket, struct, subprocess
import sys, tempfile, threading, time

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


def until(truth, pause=0.05, seconds=30):
    """Whether it comes to be true, on a machine that may be busy."""
    end = time.time() + seconds
    while not truth():
        if time.time() > end:
            return False
        time.sleep(pause)
    return True


class Server:
    def __init__(self, folder, *options, nofile=None):
        self.lines = []
        pre = None
        if nofile:
            def pre():
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))
        self.process = subprocess.Popen(
            [SERVE, folder, "127.0.0.1", "0", "events", *options], stdout=subprocess.PIPE,
            text=True, preexec_fn=pre)
        ready = self.process.stdout.readline()
        need(ready.startswith("ready "), f"did not start: {ready!r}")
        self.port = int(ready.split()[1])
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def saw(self, word, timeout=30.0):
        end = time.time() + timeout
        while time.time() < end:
            if any(word in line for line in list(self.lines)):
                return True
            time.sleep(0.02)
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.thread.join(5)
        return code

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return s

    def raw(self, data, split=0):
        with self.connect() as s:
            if split:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.sendall(data[:split])
                time.sleep(0.002)
                s.sendall(data[split:])
            else:
                s.sendall(data)
            return read_all(s)


def read_all(s):
    out = bytearray()
    while True:
        try:
            part = s.recv(1 << 20)
        except ConnectionResetError:
            part = b""
            out += b"<RESET>"
        if not part:
            return bytes(out)
        out += part


def answers(stream, heads=()):
    """Take a stream of answers apart by Content-Length; `heads`: indexes without a body."""
    out, at = [], 0
    while at < len(stream):
        end = stream.index(b"\r\n\r\n", at)
        head, at = stream[at:end], end + 4
        lines = head.decode().split("\r\n")
        fields = {k.lower(): v for k, v in (l.split(": ", 1) for l in lines[1:])}
        status = int(lines[0].split()[1])
        n = 0 if len(out) in heads or status == 304 else int(fields["content-length"])
        need(len(stream) - at >= n, "body shorter than Content-Length")
        out.append((status, fields, stream[at:at + n]))
        at += n
    return out


def get(target, *fields, method="GET", version="1.1", close=True):
    lines = [f"{method} {target} HTTP/{version}", "Host: t"]
    lines += list(fields) + (["Connection: close"] if close else [])
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def one(server, *args, **kw):
    got = answers(server.raw(get(*args, **kw)), heads=(0,) if kw.get("method") == "HEAD" else ())
    need(len(got) == 1, f"{len(got)} answers")
    return got[0]


@case
def whole_files_exact(s, d):
    for name in ("empty", "one", "small.efi", "edge", "over", "big.iso"):
        status, fields, body = one(s, "/" + name)
        need(status == 200 and body == d[name], f"{name}: {status}, {len(body)} bytes")
        need("transfer-encoding" not in fields and "server" not in fields, f"{fields}")
        need(all(fields.values()), "an empty field")


@case
def media_types_exact(s, d):
    for name, want in (("small.efi", "application/efi"), ("big.iso", "application/vnd.efi-iso"),
                       ("DISK.IMG", "application/vnd.efi-img"),
                       ("one", "application/octet-stream")):
        need(one(s, "/" + name)[1]["content-type"] == want, name)


@case
def head_is_get_without_body(s, d):
    for name in ("empty", "small.efi", "big.iso"):
        g, h = one(s, "/" + name), one(s, "/" + name, method="HEAD")
        a, b = dict(g[1]), dict(h[1])
        a.pop("date"), b.pop("date")
        need(a == b and h[0] == 200, f"{a} {b}")


@case
def head_keeps_the_connection(s, d):
    with s.connect() as c:
        c.sendall(get("/big.iso", method="HEAD", close=False))
        need(c.recv(4096).endswith(b"\r\n\r\n"), "head")
        time.sleep(0.3)
        c.sendall(get("/one"))
        need(answers(read_all(c))[0][2] == d["one"], "second request")


@case
def names_are_forgiven(s, d):
    for t in ("//sub///file.txt", "/sub\\file.txt", "\\sub\\file.txt", "/sub%2Ffile.txt",
              "/sub%5cfile.txt", "http://10.0.0.1:80/sub/file.txt", "HTTP://x//sub/file.txt",
              "/sub/file.txt?mac=1", "/%73ub/f%69le.txt"):
        status, _, body = one(s, t)
        need(status == 200 and body == d["sub/file.txt"], f"{t}: {status}")


@case
def refusals_have_statuses(s, d):
    for request, want in (
            (get("/none"), 404), (get("/sub"), 404), (get("/pipe"), 404), (get("/device"), 404),
            (get("/../etc/passwd"), 403), (get("/%2e%2e/x"), 403), (get("/leads-out"), 403),
            (get("/a%00b"), 400), (get("/x", method="POST"), 405), (get("/x", method="DELETE"), 405),
            (get("/" + "a" * 2100), 414), (get("/x", "A: " + "b" * 9000), 431),
            (get("/x", *[f"F{i}: 1" for i in range(60)]), 431),
            (get("/x", "Content-Length: 5") + b"hello", 413),
            (get("/x", "Transfer-Encoding: chunked"), 501), (get("/x", "Host: again"), 400),
            (get("/x", version="2.0"), 505), (b"GET /x HTTP/1.1\r\n\r\n", 400),
            (get("/x", " folded"), 400), (get("/x", "Name : 1"), 400), (b"\x16\x03\x01\x02", 400),
            (b"GET /x\r\n", 400), (get("*", method="OPTIONS"), 405)):
        got = s.raw(request)
        need(got.startswith(b"HTTP/1.1 %d " % want), f"{request[:40]}: {got[:60]}, want {want}")
    need(one(s, "/x", method="POST")[1]["allow"] == "GET, HEAD", "Allow")
    need(s.saw("HTTP_REFUSED"), "no event")
    need(s.saw("HTTP_NOT_FOUND"), "no event")


@case
def split_at_every_byte(s, d):
    request = get("/sub/file.txt", "Range: bytes=1-3", "X-Long: some value")
    for at in range(1, len(request)):
        got = answers(s.raw(request, split=at))
        need(got[0][0] == 206 and got[0][2] == d["sub/file.txt"][1:4], f"split at {at}")


@case
def ranges(s, d):
    for name in ("edge", "big.iso"):
        all_, n = d[name], len(d[name])
        for value, lo, hi in (("0-0", 0, 1), ("5-", 5, n), ("-7", n - 7, n), (f"{n-1}-", n - 1, n),
                              ("100-99999999999", 100, n), (f"-{n+5}", 0, n)):
            status, fields, body = one(s, "/" + name, "Range: bytes=" + value)
            need(status == 206 and body == all_[lo:hi], f"{value}: {status}")
            need(fields["content-range"] == f"bytes {lo}-{hi-1}/{n}", fields["content-range"])
        for value in ("5-2", "x-y", "", "-", "1-2-3", "99999999999999999999999-"):
            need(one(s, "/" + name, "Range: bytes=" + value)[0] == 200, value)
        need(one(s, "/" + name, "Range: lines=1-2")[0] == 200, "unit")
        for value in (f"{n}-", "-0"):
            status, fields, _ = one(s, "/" + name, "Range: bytes=" + value)
            need(status == 416 and fields["content-range"] == f"bytes */{n}", value)
    need(one(s, "/empty", "Range: bytes=0-")[0] == 416, "empty file")
    need(one(s, "/one", "Range: bytes=0-0", method="HEAD")[0] == 200, "HEAD ignores Range")


@case
def several_ranges(s, d):
    for name in ("edge", "big.iso"):
        all_ = d[name]
        mid = len(all_) // 2
        status, fields, body = one(s, "/" + name, f"Range: bytes=0-9, 100-199 ,{mid}-{len(all_)-2},-1")
        need(status == 206, status)
        m = email.message_from_bytes(
            b"Content-Type: " + fields["content-type"].encode() + b"\r\n\r\n" + body)
        parts = m.get_payload()
        want = [all_[0:10], all_[100:200], all_[mid:-1], all_[-1:]]
        need(m.is_multipart() and len(parts) == 4, "parts")
        boundary = fields["content-type"].split("boundary=")[1].encode()
        raw = body.split(b"--" + boundary)[1:5]
        for w, r in zip(want, raw):
            need(r.split(b"\r\n\r\n", 1)[1][:-2] == w, "part's bytes")


@case
def conditionals(s, d):
    _, f, _ = one(s, "/edge")
    tag, date = f["etag"], f["last-modified"]
    old, new = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 2100 00:00:00 GMT"
    for fields, want in (
            ((f"If-None-Match: {tag}",), 304), ((f'If-None-Match: "x", W/{tag}',), 304),
            (("If-None-Match: *",), 304), (('If-None-Match: "x"',), 200),
            ((f"If-Modified-Since: {date}",), 304), ((f"If-Modified-Since: {old}",), 200),
            (('If-None-Match: "x"', f"If-Modified-Since: {new}"), 200),
            ((f"If-Match: {tag}",), 200), (('If-Match: "x"',), 412), ((f"If-Match: W/{tag}",), 412),
            ((f"If-Unmodified-Since: {old}",), 412), ((f"If-Unmodified-Since: {date}",), 200),
            (("If-Modified-Since: rubbish",), 200),
            (("Range: bytes=1-", f"If-Match: {tag}"), 206),
            (("Range: bytes=1-", f"If-Unmodified-Since: {date}"), 206),
            (("Range: bytes=1-", 'If-Match: "x"'), 412),
            (("Range: bytes=1-", f"If-Range: {tag}"), 206),
            (("Range: bytes=1-", 'If-Range: "x"'), 200),
            (("Range: bytes=1-", f"If-Range: {date}"), 206),
            (("Range: bytes=1-", f"If-Range: {old}"), 200)):
        status, _, body = one(s, "/edge", *fields)
        need(status == want, f"{fields}: {status}, want {want}")
        need(status != 304 or body == b"", "304 with a body")


@case
def pipelining(s, d):
    names = ["one", "small.efi", "big.iso", "none", "edge", "empty", "over"] * 6
    with s.connect() as c:
        c.sendall(b"".join(get("/" + n, close=False) for n in names) + get("/one"))
        got = answers(read_all(c))
    need(len(got) == len(names) + 1, f"{len(got)} answers")
    for n, (status, _, body) in zip(names, got):
        need(status == (404 if n == "none" else 200), n)
        need(n == "none" or body == d[n], n)


@case
def http_1_0(s, d):
    got = s.raw(b"GET /small.efi HTTP/1.0\r\n\r\n")
    need(answers(got)[0][2] == d["small.efi"], "1.0 body; closed after it")
    with s.connect() as c:
        c.sendall(b"GET /one HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        need(b"Connection: keep-alive\r\n" in c.recv(4096), "told to stay")
        c.sendall(b"GET /one HTTP/1.0\r\n\r\n")
        need(answers(read_all(c))[0][0] == 200, "second")


@case
def curl_agrees(s, d):
    url = f"http://127.0.0.1:{s.port}/big.iso"
    want = hashlib.sha256(d["big.iso"]).hexdigest()
    with tempfile.TemporaryDirectory() as t:
        out = os.path.join(t, "x")
        with open(out, "wb") as f:
            f.write(d["big.iso"][:1234567])
        subprocess.run(["curl", "-sf", "-C", "-", "-o", out, url], check=True)
        need(hashlib.sha256(open(out, "rb").read()).hexdigest() == want, "resumed by curl")
    head = subprocess.run(["curl", "-sfI", url], check=True, capture_output=True).stdout
    need(b"Content-Length: %d" % len(d["big.iso"]) in head, "curl -I")
    z = subprocess.run(["curl", "-sf", "--compressed", url], check=True, capture_output=True)
    need(z.stdout == d["big.iso"], "never compressed")


@case
def delivered_is_told_once(s, d):
    before = sum("HTTP_DONE" in l and "small.efi" in l for l in s.lines)
    one(s, "/small.efi")
    one(s, "/small.efi", method="HEAD")
    one(s, "/small.efi", "Range: bytes=0-10")
    # What is told of the next file is told behind all of that.
    told = len(s.lines)
    one(s, "/one")
    need(until(lambda: any("HTTP_DONE" in l and "small.efi" not in l for l in s.lines[told:])),
         "no event: %s" % s.lines[-5:])
    after = sum("HTTP_DONE" in l and "small.efi" in l for l in s.lines)
    need(after == before + 1, f"{after - before} times")


@case
def client_that_goes_away(s, d):
    with s.connect() as c:
        c.sendall(get("/huge"))
        c.recv(1000)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    need(s.saw("HTTP_ABORTED"), "no event")


@case
def file_cut_under_way(s, d):
    path = os.path.join(d["folder"], "shrinks")
    with open(path, "wb") as f:
        f.truncate(64 << 20)
    c = socket.socket()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    c.settimeout(10)
    c.connect(("127.0.0.1", s.port))
    c.sendall(get("/shrinks"))
    c.recv(1000)
    os.truncate(path, 1 << 20)
    got = read_all(c)
    c.close()
    need(got.endswith(b"<RESET>"), "ended as if it were whole")
    need(s.saw("HTTP_CUT"), "no event")


def loris(d, count):
    s = Server(d["folder"], "head-ms", "1500")
    socks = []
    try:
        for _ in range(count):
            c = s.connect()
            c.sendall(b"GET /one HTTP/1.1\r\nHost:")
            socks.append(c)
        need(one(s, "/big.iso")[2] == d["big.iso"], "a normal client is served")
        deadline = time.time() + 40
        for i, c in enumerate(socks):
            c.settimeout(max(0.1, deadline - time.time()))
            got = read_all(c)
            need(got.startswith(b"HTTP/1.1 408"), f"loris {i}: {got[:40]}")
        need(s.saw("did not come in time"), "no event")
    finally:
        for c in socks:
            c.close()
        need(s.stop() == 0, "exit")
    need(any("still open 0" in l for l in s.lines), "files left open")


@case
def slow_loris_500(s, d):
    loris(d, 500)


@case
def dripping_bytes_do_not_help(s, d):
    t = Server(d["folder"], "head-ms", "800")
    with t.connect() as c:
        try:
            # A head that never ends, a byte at a time, until the connection does.
            for number in range(3000):
                c.sendall(get("/one")[number:number + 1] or b"x")
                time.sleep(0.02)
        except OSError:
            pass
        got = read_all(c)
    need(b"408" in got[:20] or b"RESET" in got, f"{got[:40]}")
    t.stop()


@case
def stalled_reader_is_cut(s, d):
    t = Server(d["folder"], "stall-ms", "700")
    with t.connect() as c:
        c.sendall(get("/huge"))
        need(t.saw("stopped taking bytes", 5), "no event")
        need(read_all(c).endswith(b"<RESET>"), "not reset")
    t.stop()


@case
def no_descriptors_left(s, d):
    t = Server(d["folder"], nofile=64)
    held = []
    for _ in range(80):
        held.append(t.connect())
    need(t.saw("DESCRIPTORS_EXHAUSTED"), "no event")
    held[0].sendall(get("/one"))  # accepted; its file cannot be opened until others go
    time.sleep(0.3)
    for c in held[1:50]:
        c.close()
    need(answers(read_all(held[0]))[0][2] == d["one"], "waited for a descriptor")
    need(one(t, "/big.iso")[2] == d["big.iso"], "recovers")
    for c in held:
        c.close()
    need(t.stop() == 0, "exit")


@case
def limits_on_connections(s, d):
    t = Server(d["folder"], "source", "5")
    held = [t.connect() for _ in range(5)]
    time.sleep(0.1)
    with t.connect() as c:
        need(b"503" in c.recv(100), "the sixth of one address")
    need(t.saw("too many connections from one address"), "no event")
    for c in held:
        c.close()
    need(until(lambda: one(t, "/one")[0] == 200), "free again")
    t.stop()
    t = Server(d["folder"], "connections", "4")
    held = [t.connect() for _ in range(4)]
    time.sleep(0.1)
    need(one(t, "/one")[0] == 200, "the oldest idle one makes room")
    for c in held:
        c.close()
    t.stop()


@case
def limit_on_requests(s, d):
    """Five at once, then one a second: what is over that is refused by name, and for a while only."""
    t = Server(d["folder"], "rate", "1", "burst", "5")
    got = answers(t.raw(get("/one", close=False) * 8))
    need([status for status, _, _ in got] == [200] * 5 + [429], "statuses: %s" % [
        status for status, _, _ in got])
    fields = got[5][1]
    need(fields.get("retry-after") == "1" and fields.get("connection") == "close",
         "the refusal: %s" % fields)
    need(t.saw("too many HTTP requests from 127.0.0.1"), "no event")
    need(until(lambda: one(t, "/one")[0] == 200, 0.3), "never allowed again")
    t.stop()


@case
def closed_at_once_and_whole(s, d):
    """A client that says it is done gets all of the answer and then the end."""
    for name in ("one", "small.efi", "edge", "over", "big.iso"):
        with s.connect() as c:
            c.sendall(get("/" + name))
            whole = read_all(c)
        need(answers(whole)[0][2] == d[name], name)
    # What was sent too much does not cost the answer.
    with s.connect() as c:
        c.sendall(get("/small.efi") + b"x" * 40000)
        need(answers(read_all(c))[0][2] == d["small.efi"], "with bytes behind it")


@case
def ends_under_load(s, d):
    t = Server(d["folder"], "lanes", "2")
    stop = threading.Event()

    def load():
        while not stop.is_set():
            try:
                with t.connect() as c:
                    c.sendall(get("/huge"))
                    while c.recv(1 << 20) and not stop.is_set():
                        pass
            except OSError:
                return
    threads = [threading.Thread(target=load) for _ in range(8)]
    for x in threads:
        x.start()
    time.sleep(0.5)
    code = t.stop()
    stop.set()
    for x in threads:
        x.join(10)
    need(code == 0, f"exit {code}")
    need(all("still open 0" in l for l in t.lines if l.startswith("lane")), "files left open")


def make_folder(folder):
    d = {"folder": folder}
    os.mkdir(os.path.join(folder, "sub"))
    for name, size in (("empty", 0), ("one", 1), ("small.efi", 4096), ("edge", 65536),
                       ("over", 65537), ("big.iso", 10 << 20), ("DISK.IMG", 512),
                       ("sub/file.txt", 100)):
        d[name] = os.urandom(size)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(d[name])
    with open(os.path.join(folder, "huge"), "wb") as f:
        f.truncate(256 << 20)
    os.mkfifo(os.path.join(folder, "pipe"))
    if os.geteuid() == 0:
        os.mknod(os.path.join(folder, "device"), 0o666 | 0o020000, os.makedev(1, 3))
    os.symlink("/etc/passwd", os.path.join(folder, "leads-out"))
    return d


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1]))
    folder = tempfile.mkdtemp(prefix="tugboot-http-")
    failed = 0
    only = sys.argv[2:]
    try:
        d = make_folder(folder)
        s = Server(folder)
        chosen = [f for f in CASES if not only or f.__name__ in only]
        print(f"1..{len(chosen) + 1}")
        for number, f in enumerate(chosen, 1):
            begun = time.time()
            try:
                f(s, d)
                print(f"ok {number} - {f.__name__} ({time.time() - begun:.1f} s)", flush=True)
            except Exception as e:
                failed += 1
                print(f"not ok {number} - {f.__name__}: {type(e).__name__}: {e}", flush=True)
        ended = s.stop() == 0 and any("still open 0" in l for l in s.lines)
        failed += not ended
        print(f"{'ok' if ended else 'not ok'} {len(chosen) + 1} - ends with all files closed")
    finally:
        shutil.rmtree(folder)
    return 1 if failed else 0


sys.exit(main())

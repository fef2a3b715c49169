#!/usr/bin/env python3
"""Real TFTP clients and hostile sockets against the TFTP port, on loopback.

usage: tftp_peers.py PATH-OF-tftp_serve

tftp-hpa, atftp and curl fetch files of awkward sizes in both socket modes; plain sockets then play
what no well-behaved client does. Exits 77, with the reason, when a client is not installed.
"""
import filecmp, os, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
FILES = {"empty": 0, "one": 1, "b511": 511, "b512": 512, "b1024": 1024, "b1428": 1428,
         "b2856": 2856, "mid": 1 << 20, "big": 40 << 20}
TOOLS = ("tftp", "atftp", "curl")


def fail(text):
    raise SystemExit("FAIL: " + text)


class Server:
    def __init__(self, program, folder, *options):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, folder, "127.0.0.1", "0", *options, "events"],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            fail("the server did not start: " + line)
        self.port = int(line.split()[1])
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, text, seconds=5):
        end = time.time() + seconds
        while time.time() < end:
            if any(text in line for line in self.lines):
                return
            time.sleep(0.02)
        fail(f"no event {text!r} in {seconds} s; last: {self.lines[-5:]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(20) != 0:
            self.log.seek(0)
            fail("the server ended badly: " + self.log.read())
        self.reader.join()
        if not any("still open 0" in line for line in self.lines):
            fail("files were left open: " + self.lines[-1])


def request(name, opcode=RRQ, mode=b"octet", **options):
    packet = struct.pack("!H", opcode) + name.encode() + b"\0" + mode + b"\0"
    for key, value in options.items():
        packet += key.encode() + b"\0" + str(value).encode() + b"\0"
    return packet


def udp(timeout=2.0):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind(("127.0.0.1", 0))
    s.settimeout(timeout)
    return s


def opcode(packet):
    return struct.unpack("!H", packet[:2])[0]


def fetch(server, name, retries=8, **options):
    """A whole transfer by a client of our own; the windows are obeyed."""
    s = udp(1.5)
    packet = request(name, **options)
    s.sendto(packet, ("127.0.0.1", server.port))
    data, last, block, window, to, got = bytearray(), 0, 512, 1, None, None
    while True:
        try:
            got, source = s.recvfrom(70000)
        except socket.timeout:
            retries -= 1
            if retries < 0:
                fail(f"{name}: silence after {len(data)} bytes")
            s.sendto(packet if to is None else struct.pack("!HH", ACK, last & 0xffff),
                     to or ("127.0.0.1", server.port))
            continue
        to = to or source
        if opcode(got) == OACK:
            fields = got[2:].split(b"\0")
            terms = {k.lower(): int(v) for k, v in zip(fields[::2], fields[1::2])}
            block, window = terms.get(b"blksize", 512), terms.get(b"windowsize", 1)
            s.sendto(struct.pack("!HH", ACK, 0), to)
        elif opcode(got) == ERROR:
            return got
        elif struct.unpack("!H", got[2:4])[0] == (last + 1) & 0xffff:
            last += 1
            data += got[4:]
            done = len(got) - 4 < block
            if done or last % window == 0:
                s.sendto(struct.pack("!HH", ACK, last & 0xffff), to)
            if done:
                return bytes(data)


def run_clients(server, folder, work):
    port = str(server.port)
    out = os.path.join(work, "out")
    commands = {
        "tftp-hpa": lambda n: ["tftp", "-m", "binary", "127.0.0.1", port, "-c", "get", n, out],
        "atftp": lambda n: ["atftp", "-g", "-r", n, "-l", out, "127.0.0.1", port],
        "atftp blksize": lambda n: ["atftp", "--option", "blksize 1428", "--option", "tsize",
                                    "-g", "-r", n, "-l", out, "127.0.0.1", port],
        "curl": lambda n: ["curl", "-s", "-o", out, f"tftp://127.0.0.1:{port}/{n}"],
        "curl blksize": lambda n: ["curl", "-s", "--tftp-blksize", "1428", "-o", out,
                                   f"tftp://127.0.0.1:{port}/{n}"],
        "curl plain": lambda n: ["curl", "-s", "--tftp-no-options", "-o", out,
                                 f"tftp://127.0.0.1:{port}/{n}"],
    }
    for who, command in commands.items():
        for name, size in FILES.items():
            if os.path.exists(out):
                os.unlink(out)
            result = subprocess.run(command(name), stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, timeout=120)
            if not os.path.exists(out) and size == 0 and who.startswith("curl"):
                continue  # curl makes no file for no bytes
            if not os.path.exists(out) or not filecmp.cmp(out, os.path.join(folder, name), False):
                fail(f"{who}: {name} differs ({result.stdout[-200:]})")
        print(f"ok   {who}: {len(FILES)} files")


def run_windows(server, folder):
    for name, options in (("mid", dict(blksize=1428, windowsize=16)),
                          ("mid", dict(blksize=512, windowsize=64)),
                          ("mid", dict(blksize=65464, windowsize=4)),
                          ("b2856", dict(blksize=1428, windowsize=16)),
                          ("empty", dict(windowsize=16)),
                          ("big", dict(blksize=512, windowsize=32, tsize=0, timeout=3))):
        with open(os.path.join(folder, name), "rb") as f:
            if fetch(server, name, **options) != f.read():
                fail(f"{name} {options} differs")
    print("ok   windows")


def run_refusals(server):
    def answer(packet):
        s = udp()
        s.sendto(packet, ("127.0.0.1", server.port))
        try:
            return s.recv(2000)
        except socket.timeout:
            return None

    def error(packet, code, text):
        got = answer(packet)
        if not got or opcode(got) != ERROR or got[3] != code:
            fail(f"{text}: wanted ERROR {code}, got {got}")

    error(request("one", opcode=WRQ), 2, "write request")
    error(request("nowhere"), 1, "missing file")
    error(request("../etc/passwd"), 2, "climbing name")
    error(request("one", mode=b"mail"), 4, "unknown mode")
    error(request(""), 4, "no name")
    error(struct.pack("!HH", ACK, 1), 5, "stray ACK")
    for silent in (b"", b"\0", b"\0\x09x", struct.pack("!HH", ERROR, 0) + b"x\0"):
        s = udp(0.3)
        s.sendto(silent, ("127.0.0.1", server.port))
        try:
            fail(f"{silent!r} was answered: {s.recv(2000)!r}")
        except socket.timeout:
            pass
    got = answer(request("one", mode=b"OCTET", BLKSIZE=9000, TSIZE=0, unknown=7, blksize=1) +
                 b"\0\0\0junk")
    if got != b"\0\x06BLKSIZE\x009000\0TSIZE\x001\0":
        fail(f"OACK is {got!r}")
    got = answer(request("one\xff".encode("latin-1").decode("latin-1")).replace(b"\xc3\xbf", b"\xff"))
    if not got or opcode(got) != DATA:
        fail(f"0xff behind the name: {got!r}")
    print("ok   refusals and tolerance")


def run_exchange(server):
    s, stranger = udp(), udp()
    s.sendto(request("mid", tsize=0, blksize=1024), ("127.0.0.1", server.port))
    oack, to = s.recvfrom(2000)
    s.sendto(struct.pack("!HH", ERROR, 8) + b"User aborted the transfer\0", to)
    server.wait_for("TFTP_PROBED")

    s.sendto(request("mid", blksize=1024), ("127.0.0.1", server.port))
    oack, to = s.recvfrom(2000)
    stranger.sendto(struct.pack("!HH", ACK, 0), to)
    got, _ = stranger.recvfrom(2000)
    if opcode(got) != ERROR or got[3] != 5:
        fail(f"wrong port: {got!r}")
    s.sendto(struct.pack("!HH", ACK, 0), to)
    s.sendto(struct.pack("!HH", ACK, 0), to)
    s.sendto(struct.pack("!HH", ACK, 0), to)
    s.settimeout(0.01)
    blocks = 0
    try:
        while True:
            s.recvfrom(2000)
            blocks += 1
    except socket.timeout:
        pass
    if blocks != 1:
        fail(f"Sorcerer's Apprentice: {blocks} blocks for one")
    s.settimeout(3)
    if opcode(s.recv(2000)) != DATA:
        fail("no repetition")
    s.sendto(struct.pack("!HH", ERROR, 0) + b"enough\0", to)
    server.wait_for("TFTP_ABORTED")

    mute = udp(6)
    mute.sendto(request("mid"), ("127.0.0.1", server.port))
    first = mute.recv(2000)
    mute.settimeout(2.5)
    try:
        fail(f"amplification: {mute.recv(2000)[:4]!r} after {first[:4]!r}")
    except socket.timeout:
        pass
    mute.sendto(request("mid"), ("127.0.0.1", server.port))
    if mute.recv(2000) != first:
        fail("a repeated request is not answered with the same block")
    print("ok   probe, abort, wrong port, duplicates, mute client, repeated request")


def run_shrinking(server, folder):
    path = os.path.join(folder, "shrinks")
    shutil.copy(os.path.join(folder, "mid"), path)
    s = udp()
    s.sendto(request("shrinks", blksize=1024), ("127.0.0.1", server.port))
    _, to = s.recvfrom(2000)
    os.truncate(path, 1000)
    s.sendto(struct.pack("!HH", ACK, 0), to)
    got = s.recv(2000)
    if opcode(got) != ERROR:
        fail(f"a file that shrank: {got[:4]!r}")
    server.wait_for("TFTP_CUT")
    os.mkfifo(os.path.join(folder, "fifo"))
    os.mkdir(os.path.join(folder, "folder"))
    for name in ("fifo", "folder"):
        got = fetch(server, name)
        if opcode(got) != ERROR:
            fail(f"{name} was served")
    print("ok   a file that shrinks, a FIFO, a folder")


def run_crowd(server, folder):
    half_open = []
    for _ in range(2000):
        s = udp()
        s.sendto(request("mid", blksize=1024, tsize=0), ("127.0.0.1", server.port))
        half_open.append(s)
    with open(os.path.join(folder, "mid"), "rb") as f:
        want = f.read()
    if fetch(server, "mid", blksize=1428, windowsize=8) != want:
        fail("beside 2,000 half-open transfers")
    for s in half_open:
        if opcode(s.recv(2000)) != OACK:
            fail("a half-open transfer got no OACK")
        s.close()
    print("ok   a fetch beside 2,000 half-open transfers")


def run_load(server, load):
    if not load:
        return
    for clients, window in ((500, 1), (500, 16)):
        result = subprocess.run([load, "127.0.0.1", str(server.port), "mid", str(clients), "500",
                                 "1428", str(window)], stdout=subprocess.PIPE, text=True,
                                timeout=300)
        if result.returncode != 0:
            fail("load: " + result.stdout)
        print("ok   500 at once, window", window, result.stdout.strip())


def main():
    program, load = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    for tool in TOOLS:
        if not shutil.which(tool):
            print(f"SKIP: {tool} is not installed (Debian: tftp-hpa, atftp, curl)")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "files")
        os.mkdir(folder)
        for name, size in FILES.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(os.urandom(size))
        for mode in ([], ["single"]):
            print("--", "one port" if mode else "a port each")
            server = Server(program, folder, *mode)
            run_clients(server, folder, work)
            run_windows(server, folder)
            run_refusals(server)
            run_exchange(server)
            run_shrinking(server, folder)
            run_crowd(server, folder)
            run_load(server, load)
            server.stop()
            for name in ("fifo", "shrinks"):
                os.unlink(os.path.join(folder, name))
            os.rmdir(os.path.join(folder, "folder"))


main()

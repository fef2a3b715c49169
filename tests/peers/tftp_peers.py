#!/usr/bin/env python3
"""Real TFTP clients and hostile sockets against the TFTP port, on loopback.

usage: tftp_peers.py [BUILD]

BUILD is the build folder (default: build beside tests/), with bench/tftp_serve and bench/tftp_load.
tftp-hpa, atftp and curl fetch files of awkward sizes in both socket modes; plain sockets then play
what no well-behaved client does. TAP lines, then a closing line. Exit 0 when all passed, 1 when
something failed, 77 when nothing could be run; a client that is not installed is a skipped case.
"""
import filecmp, os, resource, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
FILES = {"empty": 0, "one": 1, "b511": 511, "b512": 512, "b1024": 1024, "b1428": 1428,
         "b2856": 2856, "mid": 1 << 20}
BIG = 33 << 20  # more than 65535 blocks of 512: the block number rolls over


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def fail(text):
    raise Failure(text)


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

    def wait_for(self, text, seconds=30):
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


def udp(timeout=20.0):
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


def client_commands(port, out):
    return {
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


def run_client(who, server, folder, work, names):
    out = os.path.join(work, "out")
    command = client_commands(str(server.port), out)[who]
    if not shutil.which(command("x")[0]):
        raise Skip("%s is not installed" % command("x")[0])
    for name in names:
        if os.path.exists(out):
            os.unlink(out)
        result = subprocess.run(command(name), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=120)
        wanted = os.path.join(folder, name)
        if not os.path.exists(out) and os.path.getsize(wanted) == 0 and who.startswith("curl"):
            continue  # curl makes no file for no bytes
        if not os.path.exists(out) or not filecmp.cmp(out, wanted, False):
            fail(f"{who}: {name} differs ({result.stdout[-200:]})")


def run_windows(server, folder):
    for name, options in (("mid", dict(blksize=1428, windowsize=16)),
                          ("mid", dict(blksize=512, windowsize=64)),
                          ("mid", dict(blksize=65464, windowsize=4)),
                          ("b2856", dict(blksize=1428, windowsize=16)),
                          ("empty", dict(windowsize=16)),
                          ("big", dict(blksize=512, windowsize=64, tsize=0, timeout=3))):
        with open(os.path.join(folder, name), "rb") as f:
            if fetch(server, name, **options) != f.read():
                fail(f"{name} {options} differs")


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
    s.recvfrom(2000)
    s.settimeout(0.01)
    blocks = 1
    try:
        while True:
            s.recvfrom(2000)
            blocks += 1
    except socket.timeout:
        pass
    if blocks != 1:
        fail(f"Sorcerer's Apprentice: {blocks} blocks for one")
    s.settimeout(20)
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


def hear_oack(server, s):
    """Where the transfer goes on. A request may be lost when so many come at once, as on any network, and
    what comes may be for whoever had this port before."""
    s.settimeout(4)
    for _ in range(8):
        try:
            got, transfer = s.recvfrom(2000)
            if opcode(got) == OACK:
                return transfer
        except socket.timeout:
            s.sendto(request("mid", blksize=1024, tsize=0), ("127.0.0.1", server.port))
    fail("a half-open transfer got no OACK")


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
        transfer = hear_oack(server, s)
        # Told to forget it, the server does not ask whoever gets this port next.
        s.sendto(struct.pack("!HH", ERROR, 8) + b"enough\0", transfer)
        s.close()


def run_load(server, folder, load, window, loss):
    """500 clients at once, each fetching 256 KiB; every byte is compared."""
    options = ["blksize", "1428", "timeout", "2000", "give-up", "50", "loss", str(loss)]
    if window > 1:
        options += ["windowsize", str(window)]
    result = subprocess.run([load, "127.0.0.1", str(server.port), "crowd",
                             os.path.join(folder, "crowd"), "500", "500", *options],
                            stdout=subprocess.PIPE, text=True, timeout=60)
    print("#", result.stdout.strip())
    if result.returncode != 0:
        fail("not all finished: " + result.stdout)


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, name, function, *arguments):
        try:
            function(*arguments)
        except Skip as skip:
            self.skipped += 1
            print(f"ok - {name} # SKIP {skip}", flush=True)
        except (Failure, OSError, subprocess.SubprocessError, struct.error, ValueError) as failure:
            self.failed += 1
            print(f"not ok - {name}\n# {failure}", flush=True)
        else:
            self.passed += 1
            print(f"ok - {name}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0 if self.passed else 77


def run_mode(tally, build, folder, work, mode):
    options = ["single"] if mode == "one port" else []
    server = Server(os.path.join(build, "bench/tftp_serve"), folder, *options)
    for who in client_commands("0", "x"):
        names = list(FILES)
        if mode != "one port" and who in ("tftp-hpa", "curl plain"):
            names.append("big")
        tally.case(f"{mode}: {who}", run_client, who, server, folder, work, names)
    tally.case(f"{mode}: windows, roll-over", run_windows, server, folder)
    tally.case(f"{mode}: refusals and tolerance", run_refusals, server)
    tally.case(f"{mode}: probe, abort, wrong port, duplicates, mute client, repeated request",
               run_exchange, server)
    tally.case(f"{mode}: a file that shrinks, a FIFO, a folder", run_shrinking, server, folder)
    load = os.path.join(build, "bench/tftp_load")
    tally.case(f"{mode}: 500 clients at once", run_load, server, folder, load, 1, 0)
    tally.case(f"{mode}: 500 clients at once, windows of 16", run_load, server, folder, load, 16, 0)
    tally.case(f"{mode}: 500 clients at once, windows of 4, 1 % loss", run_load, server, folder,
               load, 4, 10)
    tally.case(f"{mode}: a fetch beside 2,000 half-open transfers", run_crowd, server, folder)
    tally.case(f"{mode}: ends cleanly, nothing left open", server.stop)
    for name in ("fifo", "shrinks"):
        if os.path.lexists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
    if os.path.isdir(os.path.join(folder, "folder")):
        os.rmdir(os.path.join(folder, "folder"))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../build")
    for name in ("bench/tftp_serve", "bench/tftp_load"):
        if not os.path.exists(os.path.join(build, name)):
            print(f"1..0 # SKIP {build} has no {name}: build first, or name the build folder")
            return 77
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="tugboot-tftp.") as work:
        folder = os.path.join(work, "files")
        os.mkdir(folder)
        for name, size in {**FILES, "big": BIG, "crowd": 256 << 10}.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(os.urandom(size))
        for mode in ("a port each", "one port"):
            try:
                run_mode(tally, build, folder, work, mode)
            except Failure as failure:
                tally.failed += 1
                print(f"not ok - {mode}\n# {failure}", flush=True)
    return tally.close()


sys.exit(main())

"""What the fault tests stand on: a server's and a client's namespace on one bridge, tugboot in the
first, Python's sockets in the second, and just enough DHCP, TFTP and HTTP to play client by hand.

    lan: br0 --- srv: eth0 192.168.77.1 (tugboot)
             \\-- cli: eth0 192.168.77.50 (sockets of the test)

A test program calls main() with its cases; each case gets a folder of its own and says with an
exception what went wrong. TUGBOOT names another program to test than build/tugboot.
"""
import ctypes
import http.client
import json
import os
import random
import re
import resource
import shutil
import socket
import struct
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from lab import LabError, tail, wait_until  # noqa: E402

SERVER, CLIENT, NETWORK = lab_module.SERVER, lab_module.NETWORK + ".50", lab_module.NETWORK
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """The case cannot be run here; the text says why."""


def check(truth, words):
    if not truth:
        raise LabError(words)


# --- the ground

class Ground(lab_module.Lab):
    """No capture: floods would fill the disk with it."""

    def __init__(self, folder):
        super().__init__(folder)

    def _build(self, foreign, relay, foreign_options):
        self.lan, self.server, self.client = (self.namespace(name) for name in ("lan", "srv", "cli"))
        self.bridge("br0")
        self.cable(self.server, "eth0", "br0", SERVER)
        self.cable(self.client, "eth0", "br0", CLIENT)

    def own_pool(self):
        """Let the client's kernel take the pool's addresses as its own, so that renewals, which are
        answered to the client's address, arrive. Only with `probe: false`."""
        lab_module.command("ip", "-n", self.client, "route", "add", "local", NETWORK + ".96/27",
                           "dev", "lo")
        lab_module.command("ip", "-n", self.client, "route", "add", "local", NETWORK + ".128/25",
                           "dev", "lo")

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, protocol=0, namespace=None):
        """A socket of the client's namespace, made by a short visit of this thread."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open("/run/netns/" + (namespace or self.client), os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _libc.setns(there, CLONE_NEWNET) < 0:
                raise LabError("setns: " + os.strerror(ctypes.get_errno()))
            try:
                return socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
            finally:
                if _libc.setns(here, CLONE_NEWNET) < 0:
                    os._exit(70)  # nowhere to go back to
        finally:
            os.close(here)
            os.close(there)

    def udp(self, port=0, timeout=2.0):
        sock = self.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("0.0.0.0", port))
        sock.settimeout(timeout)
        return sock

    def tcp(self, port=80, timeout=5.0):
        sock = self.socket(kind=socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect((SERVER, port))
        return sock


class Tugboot(servers.Tugboot):
    """One that is to be started and ended many times, and whose sanitizer speaks in its log."""

    def __init__(self, lab, mode, settings=None, **more):
        values = {"menu": {"default": "local"}, "user": ""}
        values.update(settings or {})
        if mode != "off":
            values["dhcp"] = {"probe": False, **values.get("dhcp", {})}
        super().__init__(lab, mode, values, **more)

    def start(self, wrapper=()):
        self.seen = 0
        if os.path.exists(self.lab.path("tugboot.log")):
            self.seen = os.path.getsize(self.lab.path("tugboot.log"))
        environment = dict(os.environ)
        if json.load(open(self.config, encoding="utf-8")).get("user"):
            # Who became another user may not look at himself: no search for leaks.
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
        self.process = self.lab.start(self.lab.server, "tugboot", *wrapper, self.program, "serve",
                                      "--config", self.config, environment=environment)
        self.expect_event(r"tugboot \S+ serves", 30)
        return self

    def events(self):
        """What this start has said; `start()` begins anew."""
        return self.process.text()[self.seen:] if self.process else ""

    def expect_event(self, pattern, seconds=10):
        def said():
            found = re.search(pattern, self.events())
            if not found and not self.process.running():
                raise LabError("tugboot ended instead of saying %r:\n%s"
                               % (pattern, tail(self.events(), 20)))
            return found
        try:
            return wait_until(seconds, "tugboot says %r" % pattern, said)
        except LabError as error:
            raise LabError("%s; it said:\n%s" % (error, tail(self.events(), 15)))

    def pid(self):
        """Of the daemon itself: `ip netns exec` became it."""
        return self.process.child.pid

    def end(self, seconds=10.0):
        """SIGTERM must end it, with 0 and without a word of a sanitizer. The seconds are those of a
        busy machine on which a key is being made, which cannot be called off. How long it took."""
        begin = time.monotonic()
        log = self.process
        self.process.child.terminate()
        try:
            status = self.process.child.wait(seconds * slowness(self.program) + lab_module.PATIENCE)
        except Exception:
            self.process.child.kill()
            self.process.child.wait()
            raise LabError("it did not end after SIGTERM")
        took = time.monotonic() - begin
        text = log.text()
        found = re.search(r"==\d+==|runtime error:", text)
        check(not found, "a sanitizer spoke:\n" + (found and text[found.start():][:6000] or ""))
        check(status == 0, "exit %s after SIGTERM:\n%s" % (status, tail(text, 15)))
        return took

    def kill(self):
        self.process.child.kill()
        self.process.child.wait()

    def status(self):
        said = self.tool("status", "--json")
        return json.loads(said[said.index("{"):])


def slowness(program):
    """A program with sanitizers may take longer."""
    return 4 if "sanitize" in os.path.realpath(program) else 1


# --- DHCP

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)


def mac_of(number):
    return bytes((0x52, 0x54, 0x10)) + struct.pack("!I", number)[1:]


def dhcp_message(kind, mac, xid, options=(), ciaddr="0.0.0.0", broadcast=True):
    head = struct.pack("!BBBBIHH4s4s4s4s16s64s128sI", 1, 1, 6, 0, xid, 0,
                       0x8000 if broadcast else 0, socket.inet_aton(ciaddr), b"", b"", b"",
                       mac, b"", b"", 0x63825363)
    body = bytes((53, 1, kind))
    for code, value in options:
        body += bytes((code, len(value))) + value
    return (head + body + b"\xff").ljust(300, b"\0")


def dhcp_read(packet):
    """(xid, kind, yiaddr, mac, options) of a reply; None if it is none."""
    if len(packet) < 240 or packet[0] != 2 or packet[236:240] != b"\x63\x82\x53\x63":
        return None
    options, at = {}, 240
    while at < len(packet) and packet[at] != 255:
        if packet[at] == 0:
            at += 1
            continue
        if at + 1 >= len(packet):
            return None
        code, length = packet[at], packet[at + 1]
        options[code] = options.get(code, b"") + packet[at + 2:at + 2 + length]
        at += 2 + length
    kind = options.get(53, b"\0")[0]
    return (struct.unpack_from("!I", packet, 4)[0], kind, socket.inet_ntoa(packet[16:20]),
            packet[28:34], options)


class Dhcp:
    """A client's port 68, for any number of machines."""

    def __init__(self, ground):
        self.sock = ground.udp(68)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")

    def send(self, message, to="255.255.255.255"):
        self.sock.sendto(message, (to, 67))

    def hear(self, xid, seconds):
        """The reply to this transaction, or None."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                reply = dhcp_read(self.sock.recv(4096))
            except socket.timeout:
                return None
            if reply and reply[0] == xid:
                return reply

    def ask(self, kind, mac, options=(), ciaddr="0.0.0.0", seconds=1.0, tries=3, to=None):
        """Ask, and again in silence; the reply or None."""
        broadcast = ciaddr == "0.0.0.0"
        for _ in range(tries):
            xid = random.getrandbits(32)
            self.send(dhcp_message(kind, mac, xid, options, ciaddr, broadcast),
                      to or "255.255.255.255")
            reply = self.hear(xid, seconds)
            if reply:
                return reply
        return None

    def discover(self, mac, options=(), **how):
        reply = self.ask(DISCOVER, mac, options, **how)
        return reply if reply and reply[1] == OFFER else None

    def request(self, mac, address, options=(), **how):
        return self.ask(REQUEST, mac, ((54, socket.inet_aton(SERVER)),
                                       (50, socket.inet_aton(address)), *options), **how)

    def renew(self, mac, address, **how):
        return self.ask(REQUEST, mac, (), ciaddr=address, to=SERVER, **how)

    def dora(self, mac, **how):
        """The address, or an exception."""
        how.setdefault("tries", 10)
        offer = self.discover(mac, **how)
        check(offer, "no OFFER for %s" % mac.hex(":"))
        ack = self.request(mac, offer[2], **how)
        check(ack and ack[1] == ACK, "no ACK for %s" % mac.hex(":"))
        return ack[2]


# --- TFTP

RRQ, WRQ, DATA, TACK, TERROR, OACK = range(1, 7)


def tftp_request(name, options=(), mode=b"octet", opcode=RRQ):
    packet = struct.pack("!H", opcode) + name.encode() + b"\0" + mode + b"\0"
    for key, value in options:
        packet += key.encode() + b"\0" + str(value).encode() + b"\0"
    return packet


class TftpRefused(Exception):
    pass


def tftp_get(ground, name, between=None, timeout=3.0, block_size=1024):
    """The whole file. `between` is called with the number of bytes after each block."""
    sock = ground.udp(timeout=timeout)
    with sock:
        packet, to, data, wanted = tftp_request(name, (("blksize", block_size),)), (SERVER, 69), b"", 1
        sent = 0
        while True:
            sock.sendto(packet, to)
            try:
                reply, peer = sock.recvfrom(70000)
            except socket.timeout:
                sent += 1
                check(sent < 4, "no answer by TFTP for %s after %d bytes" % (name, len(data)))
                continue
            sent, to = 0, peer
            opcode, number = struct.unpack_from("!HH", reply + b"\0\0")
            if opcode == TERROR:
                raise TftpRefused(reply[4:].rstrip(b"\0").decode("utf-8", "replace"))
            if opcode == OACK:
                packet = struct.pack("!HH", TACK, 0)
            elif opcode == DATA and number == wanted & 0xffff:
                data += reply[4:]
                packet = struct.pack("!HH", TACK, number)
                wanted += 1
                if len(reply) - 4 < block_size:
                    sock.sendto(packet, to)
                    return data
                if between:
                    between(len(data))


# --- HTTP

def http_get(ground, path, port=80, timeout=5.0):
    """(status, body); http.client.IncompleteRead or ConnectionError when the answer is cut."""
    connection = http.client.HTTPConnection(SERVER, port, timeout=timeout)
    connection.sock = ground.tcp(port, timeout)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


# --- running

def run_case(top, number, case):
    name = case.__name__.replace("_", " ")
    folder = os.path.join(top, case.__name__)
    begin, said, verdict = time.monotonic(), "", "ok"
    ground = None
    try:
        ground = Ground(folder)
        said = case(ground) or ""
    except Skip as skip:
        print("ok %d - %s # SKIP %s" % (number, name, skip), flush=True)
        return True
    except Exception as error:
        verdict = "not ok"
        said = str(error) if isinstance(error, LabError) else traceback.format_exc()
    finally:
        if ground:
            ground.close()
    lines = said.splitlines()
    print("%s %d - %s (%.1f s)%s" % (verdict, number, name, time.monotonic() - begin,
                                     ": " + lines[0] if verdict == "ok" and lines else ""))
    if verdict != "ok":
        print("".join("# %s\n" % line for line in lines), end="")
    sys.stdout.flush()
    return verdict == "ok"


def main(cases):
    """Run the cases named on the command line, or all; TAP lines on standard output."""
    lab_module.prepare()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    names = [word.replace("-", "_") for word in sys.argv[1:]]
    unknown = set(names) - {case.__name__ for case in cases}
    if unknown:
        sys.exit("no such case: %s (%s)" % (", ".join(sorted(unknown)),
                                            ", ".join(case.__name__ for case in cases)))
    wanted = [case for case in cases if not names or case.__name__ in names]
    top = tempfile.mkdtemp(prefix="tugboot-faults.")
    os.chmod(top, 0o755)
    print("1..%d" % len(wanted), flush=True)
    failed = 0
    for number, case in enumerate(wanted, 1):
        failed += not run_case(top, number, case)
    if failed:
        print("# logs: " + top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(1 if failed else 0)

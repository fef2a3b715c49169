#!/usr/bin/env python3
"""tugboot under a service manager, played here: what it is told by $NOTIFY_SOCKET, sockets that it
was handed over by $LISTEN_FDS, lines for the journal, and the rights that the unit leaves it.
TAP lines on standard output.

  service_peers.py [CASE...]
"""
import os
import re
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "faults"))

import ground  # noqa: E402
from ground import Skip, Tugboot, check  # noqa: E402

# Puts the descriptors named first at 3 and up and becomes the program: LAUNCH 5,7 PROGRAM ARGUMENT...
LAUNCH = """
import fcntl, os, sys
given = [fcntl.fcntl(int(fd), fcntl.F_DUPFD_CLOEXEC, 64) for fd in sys.argv[1].split(",") if fd]
os.closerange(3, 64)
for at, fd in enumerate(given):
    os.dup2(fd, 3 + at)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(given))
if os.environ.pop("WATCHDOG_HERE", None):
    os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """Hears what a service tells."""

    def __init__(self, g, abstract=False):
        self.name = "@tugboot-test-%d" % os.getpid() if abstract else g.path("notify")
        # An abstract name belongs to a network namespace: that of the daemon.
        self.hears = g.socket(socket.AF_UNIX, socket.SOCK_DGRAM, namespace=g.server)
        self.hears.bind(self.name.replace("@", "\0", 1))
        if not abstract:
            os.chmod(self.name, 0o777)
        self.heard = []

    def expect(self, line, seconds=20):
        """The next message with this line; what came before it is kept in `heard`."""
        self.hears.settimeout(seconds)
        while True:
            try:
                message = self.hears.recv(4096).decode()
            except socket.timeout:
                raise ground.LabError("not told: %s; but: %r" % (line, self.heard)) from None
            self.heard.append(message)
            if line in message.split("\n"):
                return message


def launch(g, tug, sockets=(), names="", environment=None, output=None):
    """`tug`, started as a manager does it."""
    program = [tug.program, "serve", "--config", tug.config]
    fds = [sock.fileno() for sock in sockets]
    log = open(g.path("tugboot.log"), "ab") if output is None else output
    child = subprocess.Popen(
        ["ip", "netns", "exec", g.server, sys.executable, "-c", LAUNCH, ",".join(map(str, fds))] +
        program, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        env=dict(os.environ, LISTEN_FDNAMES=names, ASAN_OPTIONS="detect_leaks=0",
                 **(environment or {})))
    return child


def finish(g, child, status=0):
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        got = child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        raise ground.LabError("it did not end") from None
    check(got == status, "exit %s\n%s" % (got, said(g)))


def said(g):
    if not os.path.exists(g.path("tugboot.log")):
        return "its output is elsewhere"
    with open(g.path("tugboot.log"), encoding="utf-8", errors="replace") as log:
        return log.read()


def tell(g, abstract):
    manager = Manager(g, abstract)
    tug = Tugboot(g, "server", {"user": "nobody"})
    child = launch(g, tug, environment={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000",
                                        "WATCHDOG_HERE": "1"})
    try:
        message = manager.expect("READY=1")
        check("STATUS=serving eth0 (server)" in message, message)
        # Ready means: whoever asks now is answered, and the rights are given up.
        ground.Dhcp(g).dora(ground.mac_of(1))
        with open("/proc/%d/status" % child.pid, encoding="ascii") as status:
            check(re.search(r"CapEff:\s*0+\n", status.read()), "it told READY=1 with rights")
        for _ in range(3):
            manager.expect("WATCHDOG=1")
        child.send_signal(signal.SIGHUP)
        message = manager.expect("RELOADING=1")
        check(re.search(r"\nMONOTONIC_USEC=[1-9]\d*$", message), message)
        manager.expect("READY=1")
        tug.tool("reload")
        manager.expect("RELOADING=1")
        manager.expect("READY=1")
        with open(tug.config, "a", encoding="utf-8") as config:
            config.write("nonsense: [\n")
        child.send_signal(signal.SIGHUP)
        manager.expect("RELOADING=1")
        manager.expect("READY=1")  # the old one is in force
        child.send_signal(signal.SIGTERM)
        manager.expect("STOPPING=1")
    finally:
        finish(g, child)


def it_tells_by_a_path(g):
    """READY after rights were given up, RELOADING and READY, WATCHDOG, STOPPING."""
    tell(g, False)


def it_tells_by_an_abstract_name(g):
    tell(g, True)


def a_manager_that_is_not_there_is_told_of(g):
    """It serves all the same, and says so."""
    tug = Tugboot(g, "server", {"user": "nobody"})
    child = launch(g, tug, environment={"NOTIFY_SOCKET": g.path("nobody")})
    try:
        ground.wait_until(20, "it serves", lambda: "serves" in said(g))
        check("NOTIFY_SOCKET: No such file" in said(g), said(g))
    finally:
        finish(g, child)


def handed(g, kind, port):
    sock = g.socket(kind=kind, namespace=g.server)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("0.0.0.0", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(64)
    return sock


def it_serves_on_sockets_handed_over(g):
    """HTTP, TFTP and control are answered on them: a request sent before it started is, too."""
    files = g.path("files")
    os.makedirs(files)
    with open(files + "/hello", "wb") as out:
        out.write(b"hello\n" * 1000)
    tug = Tugboot(g, "off", {"user": "nobody", "files": files})
    control = socket.socket(socket.AF_UNIX)
    control.bind(tug.control)
    control.listen(8)
    sockets = [handed(g, socket.SOCK_STREAM, 80), handed(g, socket.SOCK_DGRAM, 69), control]
    early = g.tcp(80)
    early.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    inodes = {os.fstat(sock.fileno()).st_ino for sock in sockets}
    child = launch(g, tug, sockets, "http:tftp:control")
    try:
        early.settimeout(20)
        answer = b""
        while True:
            part = early.recv(65536)
            if not part:
                break
            answer += part
        check(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"hello\n" * 1000), answer[:200])
        for _ in range(40):  # whichever lane accepts
            check(ground.http_get(g, "/hello")[0] == 200, "HTTP")
        check(ground.tftp_get(g, "hello") == b"hello\n" * 1000, "TFTP")
        check("version" in tug.status(), "control")
        held = {os.stat("/proc/%d/fd/%s" % (child.pid, fd)).st_ino
                for fd in os.listdir("/proc/%d/fd" % child.pid)}
        check(inodes <= held, "it opened sockets of its own")
    finally:
        finish(g, child)


def sockets_that_do_not_fit_are_refused(g):
    """In words that say what to write; a name nobody knows is told of."""
    tug = Tugboot(g, "off", {"user": "nobody"})
    for name, sock, words in (
            ("http", handed(g, socket.SOCK_STREAM, 8080), "port 8080, the configuration says 80"),
            ("http", handed(g, socket.SOCK_DGRAM, 80), "ListenStream=0.0.0.0:PORT"),
            ("tftp", handed(g, socket.SOCK_STREAM, 69), "ListenDatagram=0.0.0.0:PORT")):
        child = launch(g, tug, [sock], name)
        child.wait(20)
        finish(g, child, 1)
        check(words in said(g), "%s: %s" % (words, said(g)))
        sock.close()
    child = launch(g, tug, [handed(g, socket.SOCK_STREAM, 8080)], "htpp")
    try:
        ground.wait_until(20, "the name is told of", lambda: "the socket 'htpp'" in said(g))
    finally:
        finish(g, child)


def lines_for_the_journal_carry_their_priority(g):
    """"<N>" and no time where $JOURNAL_STREAM names the stream; the time and no "<N>" elsewhere."""
    for ours in (True, False):
        tug = Tugboot(g, "server", {"user": "nobody"})
        path = g.path("journal-%d" % ours)
        with open(path, "wb") as out:
            facts = os.fstat(out.fileno())
            stream = "%d:%d" % (facts.st_dev, facts.st_ino + (not ours))
            child = launch(g, tug, output=out, environment={"JOURNAL_STREAM": stream})
            try:
                def text():
                    with open(path, encoding="utf-8") as log:
                        return log.read()
                ground.wait_until(20, "it serves", lambda: re.search(r"tugboot \S+ serves", text()))
                ground.Dhcp(g).dora(ground.mac_of(1))
                mac = ground.mac_of(1).hex(":")
                ground.wait_until(5, "its event", lambda: mac in text())
            finally:
                finish(g, child)
        lines = [line for line in text().splitlines() if mac in line]
        shape = r"<[3-6]>%s  " % mac if ours else r"\d\d:\d\d:\d\d  %s  " % mac
        for line in lines:
            check(re.match(shape, line), line)


def the_units_rights_suffice(g):
    """With no capability but those of the unit's CapabilityBoundingSet it serves, and a second start
    takes over what belongs to its user."""
    if not subprocess.run(["which", "setpriv"], capture_output=True, check=False).stdout:
        raise Skip("no setpriv here")
    with open(os.path.join(ROOT, "packaging", "tugboot.service"), encoding="utf-8") as unit:
        names = re.search(r"^CapabilityBoundingSet=(.*)$", unit.read(), re.M).group(1)
    bounds = "-all," + ",".join("+" + name[4:].lower() for name in names.split())
    for _ in range(2):
        tug = Tugboot(g, "server", {"user": "nobody"})
        tug.start(("setpriv", "--bounding-set", bounds, "--no-new-privs"))
        check("CAP_NET_RAW" not in tug.events(), tug.events())
        ground.Dhcp(g).dora(ground.mac_of(1))
        tug.end()


if __name__ == "__main__":
    ground.main((it_tells_by_a_path, it_tells_by_an_abstract_name,
                 a_manager_that_is_not_there_is_told_of, it_serves_on_sockets_handed_over,
                 sockets_that_do_not_fit_are_refused, lines_for_the_journal_carry_their_priority,
                 the_units_rights_suffice))

#!/usr/bin/env python3
"""`tugboot top` on a real terminal (tmux), while machines boot: what stands on the screen, what its keys
do, other sizes, without colour, and a daemon that ends and comes back. TAP lines on standard output.

  top_peers.py [CASE...]
"""
import itertools
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "faults"))

import ground  # noqa: E402
from ground import Tugboot, check, wait_until  # noqa: E402

MACS = ["52:54:00:00:00:%02x" % number for number in (1, 2, 3)]


class Terminal:
    """A tmux of its own, with `tugboot top` in it."""
    numbers = itertools.count()

    def __init__(self, g, tug, *words, size=(120, 30), variables=()):
        self.socket = g.path("tmux%d" % next(Terminal.numbers))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                  "-c", g.folder, "ip", "netns", "exec", g.server, "env", *variables, "sh", "-c",
                  '"$@"; echo "top ended: $?"; exec sleep 300', "sh", tug.program, "top", "--config",
                  tug.config, *words)

    def tmux(self, *words):
        done = subprocess.run(("tmux", "-S", self.socket) + words, capture_output=True, text=True,
                              timeout=20, check=False, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, "tmux %s: %s" % (" ".join(words), done.stderr))
        return done.stdout

    def screen(self, *words):
        return self.tmux("capture-pane", "-p", *words)

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def expect(self, pattern, seconds=20):
        try:
            return wait_until(seconds, "", lambda: re.search(pattern, self.screen(), re.M), 0.1)
        except ground.LabError:
            raise ground.LabError("no %r on the screen:\n%s" % (pattern, self.screen())) from None

    def ends(self):
        """Its exit status, as text. The shell tells it: tmux 3.3 sometimes misses that a child has
        ended, and leaves it a zombie."""
        self.expect(r"^top ended: \d+$")
        return re.search(r"^top ended: (\d+)$", self.screen(), re.M).group(1)

    def close(self):
        subprocess.run(("tmux", "-S", self.socket, "kill-server"), capture_output=True, timeout=20,
                       check=False)


def boot(g, dhcp, mac, menu=True):
    """DISCOVER and REQUEST as firmware sends them; then what iPXE asks for."""
    raw = bytes.fromhex(mac.replace(":", ""))
    pxe = ((60, b"PXEClient:Arch:00000:UNDI:002001"), (93, b"\0\0"), (94, b"\1\2\1"))
    address = dhcp.dora(raw, options=pxe)
    if menu:
        check(ground.http_get(g, "/boot.ipxe?mac=" + mac)[0] == 200, "no script")
    return address


def the_table_and_its_keys(g):
    """Machines appear as they boot; sort, filter, timeline, capture, help, quit."""
    tug = Tugboot(g, "server", {"hosts": [{"name": "alpha", "mac": MACS[2], "boot": "menu"}]})
    tug.start()
    terminal = Terminal(g, tug)
    try:
        terminal.expect(r"tugboot \S+ on eth0\s+0 machines")
        terminal.expect(r"no machine has been seen yet")
        dhcp = ground.Dhcp(g)
        boot(g, dhcp, MACS[0], menu=False)
        terminal.expect(r"^>?\s*52:54:00:00:00:01\s+bios-x86\s+addressed")
        boot(g, dhcp, MACS[1])
        boot(g, dhcp, MACS[2])
        terminal.expect(r"3 machines: 1 booting, 0 stalled, 2 at a menu")
        terminal.expect(r"^.alpha\s+bios-x86\s+menu")
        terminal.keys("s")
        terminal.expect(r"\(by name\)")
        wait_until(20, "alpha stands first", lambda: "alpha" in terminal.screen().splitlines()[2])
        terminal.keys("/", "0", "0", ":", "0", "2", "Enter")
        terminal.expect(r"filter: 00:02")
        wait_until(20, "alpha is filtered out",
                   lambda: "alpha" not in "\n".join(terminal.screen().splitlines()[2:10]))
        terminal.keys("Enter")
        terminal.expect(r"timeline of 52:54:00:00:00:02: \d+ events")
        terminal.expect(r"got its script: menu")
        terminal.keys("p")
        terminal.expect(r"52-54-00-00-00-02\.pcap is written")
        with open(g.path("52-54-00-00-00-02.pcap"), "rb") as pcap:
            check(pcap.read(4) in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1"),
                  "no capture")
        # What happens meanwhile is added.
        boot(g, dhcp, MACS[1])
        terminal.keys("Escape")
        terminal.expect(r"^ MACHINE")
        terminal.keys("Escape")
        terminal.expect(r"^.alpha")
        terminal.keys("h")
        terminal.expect(r"the timeline of the selected machine")
        terminal.keys("x")
        terminal.expect(r"^ MACHINE")
        terminal.keys("q")
        check(terminal.ends() == "0", "it ended with an error:\n" + terminal.screen())
    finally:
        terminal.close()
    tug.end(10)


def other_sizes_and_no_colour(g):
    """It follows the terminal's size, and writes no colour where none is wanted."""
    tug = Tugboot(g, "server")
    tug.start()
    boot(g, ground.Dhcp(g), MACS[0])
    terminal = Terminal(g, tug, variables=("NO_COLOR=1",))
    try:
        terminal.expect(r"^>52:54:00:00:00:01")
        coloured = re.search(r"\x1b\[[0-9;]*3[0-7]", terminal.screen("-e"))
        check(not coloured, "colours in spite of NO_COLOR")
        for columns, rows in ((60, 12), (20, 5), (200, 50)):
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
            wait_until(10, "%dx%d:\n%s" % (columns, rows, terminal.screen()),
                       lambda: re.search(r"q quit", terminal.screen().splitlines()[rows - 1]), 0.1)
        terminal.expect(r"^>52:54:00:00:00:01.*menu")
        terminal.keys("q")
        check(terminal.ends() == "0", terminal.screen())
    finally:
        terminal.close()
    terminal = Terminal(g, tug)
    try:
        terminal.expect(r"^>52:54:00:00:00:01")
        boot(g, ground.Dhcp(g), MACS[1])
        terminal.expect(r"^.52:54:00:00:00:02.*menu")
        check(re.search(r"\x1b\[[0-9;]*3[0-7]", terminal.screen("-e")), "no colours at all")
    finally:
        terminal.close()
    tug.end(10)


def a_daemon_that_ends_is_awaited(g):
    """It says so, and goes on when there is one again."""
    tug = Tugboot(g, "server")
    tug.start()
    terminal = Terminal(g, tug)
    try:
        terminal.expect(r"0 machines")
        tug.end(10)
        terminal.expect(r"no daemon answers|the daemon has ended")
        tug.start()
        boot(g, ground.Dhcp(g), MACS[0])
        terminal.expect(r"^>52:54:00:00:00:01.*menu")
        terminal.expect(r"q quit")
    finally:
        terminal.close()
    tug.end(10)


def without_a_terminal_it_says_what_else_there_is(g):
    tug = Tugboot(g, "server")
    status, said = g.run(g.server, tug.program, "top", "--config", tug.config)
    check(status == 2 and "tugboot events --follow" in said, "%d: %s" % (status, said))
    terminal = Terminal(g, tug)
    try:
        check(terminal.ends() == "3", "no daemon: " + terminal.screen())
        # The sentence names the socket's path and may be wrapped anywhere: -J joins what was wrapped.
        said = terminal.screen("-J")
        check("start it with 'tugboot serve'" in said, said)
    finally:
        terminal.close()


if __name__ == "__main__":
    ground.main((the_table_and_its_keys, other_sizes_and_no_colour, a_daemon_that_ends_is_awaited,
                 without_a_terminal_it_says_what_else_there_is))

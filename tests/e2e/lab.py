"""A private network in namespaces: a LAN with a bridge for virtual machines, a server's place on it,
and, as asked, a foreign DHCP server or a relay with a second, routed LAN between.

    plain, foreign                            relayed
    lan:  br0 -- tap0, tap1 (machines)        lan:  br0 -- tap0 (machines), eth of relay
          |                                         br1 -- server, relay
    srv:  eth0 192.168.77.1                   relay: eth0 192.168.88.1 on br0, eth1 192.168.77.254
    dhcp: eth0 192.168.77.2 (foreign)

All names carry the process id of the harness; all is removed at exit, and what a killed run left is
removed by the next one. Only processes started here are ended, by their handle.
"""
import atexit
import ctypes
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

# What is waited for has this long at least. It costs nothing when it comes; and how late it comes on a
# machine that has other things to do says nothing about tugboot.
PATIENCE = 30
NETWORK = "192.168.77"
FAR_NETWORK = "192.168.88"
SERVER = NETWORK + ".1"
FOREIGN = NETWORK + ".2"
PREFIX = "tugb"

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_numbers = itertools.count(1)
_labs = []
_labs_lock = threading.Lock()


class LabError(Exception):
    """Something of the lab itself, not of what is tested, went wrong."""


def wait_until(seconds, what, probe, pause=0.05):
    """Call `probe` until it returns something true; that. It has PATIENCE at least."""
    seconds = max(seconds, PATIENCE)
    until = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > until:
            raise LabError("not within %g s: %s" % (seconds, what))
        time.sleep(pause)


def _child_setup():
    """A harness that is killed outright takes its children along; Ctrl-C reaches it alone."""
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def command(*words, check=True):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode:
        raise LabError("%s: %s" % (" ".join(words), (done.stderr or done.stdout).strip()))
    return done.stdout


class Process:
    """A program started in a namespace, its output in a file."""

    def __init__(self, words, log, namespace=None, environment=None):
        if namespace:
            words = ["ip", "netns", "exec", namespace] + list(words)
        self.name, self.log = os.path.basename(words[4] if namespace else words[0]), log
        with open(log, "ab") as out:
            # The parent-death signal follows the thread that forked: see _Spawner.
            self.child = _spawner.popen(words, out, environment)

    def running(self):
        return self.child.poll() is None

    def text(self):
        with open(self.log, "rb") as log:
            return log.read().decode("utf-8", "replace")

    def wait_for(self, pattern, seconds):
        until = time.monotonic() + max(seconds, PATIENCE)
        while time.monotonic() < until:
            found = re.search(pattern, self.text())
            if found:
                return found
            if not self.running():
                break
            time.sleep(0.05)
        raise LabError("%s did not say %r%s:\n%s" % (
            self.name, pattern, "" if self.running() else " and ended", tail(self.text(), 15)))

    def stop(self, how=signal.SIGTERM, seconds=5):
        if self.running():
            self.child.send_signal(how)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode


class _Spawner:
    """Forks all children from one thread that lives as long as the harness: the parent-death signal
    is sent when the forking *thread* ends, and cases run in threads that come and go."""

    def __init__(self):
        self.wanted, self.condition = [], threading.Condition()
        self.thread = None

    def popen(self, words, out, environment):
        job = {"words": words, "out": out, "environment": environment}
        with self.condition:
            if not self.thread:
                self.thread = threading.Thread(target=self._work, daemon=True)
                self.thread.start()
            self.wanted.append(job)
            self.condition.notify_all()
            while "done" not in job:
                self.condition.wait()
        if isinstance(job["done"], Exception):
            raise LabError("%s: %s" % (words[0], job["done"]))
        return job["done"]

    def _work(self):
        while True:
            with self.condition:
                while not self.wanted:
                    self.condition.wait()
                job = self.wanted.pop(0)
                try:
                    job["done"] = subprocess.Popen(
                        job["words"], stdin=subprocess.DEVNULL, stdout=job["out"],
                        stderr=subprocess.STDOUT, env=job["environment"],
                        preexec_fn=_child_setup)
                except OSError as error:
                    job["done"] = error
                self.condition.notify_all()


_spawner = _Spawner()


def tail(text, lines):
    return "\n".join(text.rstrip().splitlines()[-lines:])


class Lab:
    def __init__(self, folder, foreign=False, relay=False, foreign_options=()):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.relayed = folder, relay
        self.processes, self.namespaces = [], []
        self.taps = itertools.count()
        self.tag = "%s%d-%d" % (PREFIX, os.getpid(), next(_numbers))
        with _labs_lock:
            _labs.append(self)
        try:
            self._build(foreign, relay, foreign_options)
        except Exception:
            self.close()
            raise

    # --- construction

    def _build(self, foreign, relay, foreign_options):
        self.lan, self.server = self.namespace("lan"), self.namespace("srv")
        self.bridge("br0")
        server_bridge = "br0"
        if relay:
            self.bridge("br1")
            server_bridge = "br1"
        self.cable(self.server, "eth0", server_bridge, SERVER)
        if relay:
            relay_space = self.namespace("relay")
            self.cable(relay_space, "eth0", "br0", FAR_NETWORK + ".1")
            self.cable(relay_space, "eth1", "br1", NETWORK + ".254")
            self.sysctl(relay_space, "net.ipv4.ip_forward=1")
            command("ip", "-n", self.server, "route", "add", FAR_NETWORK + ".0/24", "via",
                    NETWORK + ".254")
            self._start_relay(relay_space)
        else:
            command("ip", "-n", self.server, "route", "add", "default", "via", FOREIGN)
        if foreign:
            self._start_foreign(foreign_options)
        self.start(self.lan, "capture", "tcpdump", "-i", "br0", "-U", "-s", "600", "-w",
                   self.path("lan.pcap"),
                   "udp or arp or icmp or (tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0)")

    def namespace(self, name):
        full = "%s-%s" % (self.tag, name)
        command("ip", "netns", "add", full)
        self.namespaces.append(full)
        self.sysctl(full, "net.ipv6.conf.all.disable_ipv6=1",
                    "net.ipv6.conf.default.disable_ipv6=1")
        command("ip", "-n", full, "link", "set", "lo", "up")
        return full

    def sysctl(self, namespace, *settings):
        for setting in settings:
            command("ip", "netns", "exec", namespace, "sysctl", "-qw", setting, check=False)

    def bridge(self, name):
        command("ip", "-n", self.lan, "link", "add", name, "type", "bridge", "forward_delay", "0",
                "stp_state", "0", "mcast_snooping", "0")
        command("ip", "-n", self.lan, "link", "set", name, "up")

    def cable(self, namespace, interface, bridge, address=None, mac=None):
        """A veth from the bridge into a namespace."""
        far = "v%d" % next(_numbers)
        words = ["ip", "-n", namespace, "link", "add", interface]
        if mac:
            words += ["address", mac]
        command(*words, "type", "veth", "peer", "name", far, "netns", self.lan)
        command("ip", "-n", self.lan, "link", "set", far, "master", bridge, "up")
        command("ip", "-n", namespace, "link", "set", interface, "up")
        if address:
            command("ip", "-n", namespace, "address", "add", address + "/24", "brd", "+", "dev",
                    interface)

    def tap(self, bridge="br0"):
        name = "tap%d" % next(self.taps)
        command("ip", "-n", self.lan, "tuntap", "add", "dev", name, "mode", "tap")
        command("ip", "-n", self.lan, "link", "set", name, "master", bridge, "up")
        return name

    # --- the other servers

    def _start_foreign(self, options):
        """A plain DHCP server, as a home router is one: addresses, router, name server."""
        space = self.namespace("dhcp")
        self.cable(space, "eth0", "br0", FOREIGN)
        process = self.start(
            space, "foreign-dhcp", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
            "--user=root", "--log-facility=-", "--log-dhcp", "--port=0", "--pid-file",
            "--dhcp-leasefile=" + self.path("foreign.leases"), "--interface=eth0",
            "--dhcp-range=%s.100,%s.199,1h" % (NETWORK, NETWORK), "--dhcp-authoritative",
            "--dhcp-option=option:router," + FOREIGN,
            "--dhcp-option=option:dns-server," + FOREIGN, *options)
        process.wait_for(r"DHCP, IP range", 10)

    def _start_relay(self, space):
        """ISC's relay (it adds option 82, which must come back), else dnsmasq's."""
        if shutil.which("dhcrelay"):
            process = self.start(space, "relay", "dhcrelay", "-4", "-d", "-a", "-D", "-pf",
                                 self.path("relay.pid"), "-id", "eth0", "-iu", "eth1", SERVER)
            process.wait_for(r"Sending on\s+Socket", 10)
        else:
            process = self.start(space, "relay", "dnsmasq", "--keep-in-foreground",
                                 "--conf-file=/dev/null", "--user=root", "--log-facility=-",
                                 "--port=0", "--pid-file",
                                 "--dhcp-relay=%s.1,%s" % (FAR_NETWORK, SERVER))
            process.wait_for(r"DHCP relay from", 10)

    # --- use

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, namespace, name, *words, environment=None):
        process = Process(list(words), self.path(name + ".log"), namespace, environment)
        self.processes.append(process)
        return process

    def run(self, namespace, *words, seconds=60):
        """Run to the end; the exit status and all output."""
        done = subprocess.run(["ip", "netns", "exec", namespace] + list(words),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def close(self):
        for process in reversed(self.processes):
            process.stop()
        self.processes.clear()
        for namespace in reversed(self.namespaces):
            command("ip", "netns", "del", namespace, check=False)
        self.namespaces.clear()
        with _labs_lock:
            if self in _labs:
                _labs.remove(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def close_all():
    for each in list(_labs):
        each.close()


def remove_leftovers():
    """Namespaces of harnesses that were killed before they could clean up."""
    for line in command("ip", "netns", "list", check=False).splitlines():
        name = line.split()[0] if line.split() else ""
        found = re.match(PREFIX + r"(\d+)-", name)
        if found and not os.path.exists("/proc/" + found[1]):
            command("ip", "netns", "del", name, check=False)


def prepare():
    """Once, by each program that uses the lab, before the first Lab."""
    if os.geteuid() != 0:
        sys.exit("this makes network namespaces: run it as root (sudo)")
    for name in ("ip", "tcpdump", "dnsmasq"):
        if not shutil.which(name):
            sys.exit("there is no %s here: ./dev deps test installs it" % name)
    remove_leftovers()
    atexit.register(close_all)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))

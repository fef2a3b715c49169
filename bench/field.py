"""What the measurements share: a field of two network namespaces joined by a cable, servers started
on one side and load on the other, and the arithmetic of ratios.

    far: eth0 10.0.0.2/8 (the load)  ----  near: eth0 10.0.0.1/8 (the server)

All is removed at exit; what a killed run left, by the next one. Only processes started here are
ended, by their handle."""
import atexit
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SERVER, CLIENT = "10.0.0.1", "10.0.0.2"
PREFIX = "tugm"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
_libc = ctypes.CDLL(None, use_errno=True)


class BenchError(Exception):
    """The measurement itself could not be made."""


def command(*words, check=True):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode:
        raise BenchError("%s: %s" % (" ".join(words), (done.stderr or done.stdout).strip()))
    return done.stdout


def program(name):
    path = os.path.join(BUILD, "bench", name)
    if not os.path.exists(path):
        raise BenchError("there is no %s: ./dev build makes it" % path)
    return path


def tugboot_program():
    for path in (os.path.join(BUILD, "tugboot"), os.path.join(BUILD, "src/cli/tugboot")):
        if os.path.exists(path):
            return os.path.realpath(path)
    raise BenchError("there is no %s/tugboot: ./dev build makes it" % BUILD)


def have(*names):
    """The first of the names that is not installed, or None."""
    return next((name for name in names if not shutil.which(name)), None)


def follow_parent(number=signal.SIGKILL):
    """For preexec_fn: a session of its own, and this signal when we end, however that comes."""
    def setup():
        os.setsid()
        _libc.prctl(1, number)  # PR_SET_PDEATHSIG
    return setup


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_listening(words, port):
    """A server of this machine's loopback, once it takes connections at its port."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=follow_parent())
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{words[0]} does not listen")


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def end_orderly():
    """From now on being told to end is an exit like others: what was begun is undone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))


class Server:
    """A program on the near side, its output in a file."""

    def __init__(self, field, words, environment=None):
        self.log = os.path.join(field.folder, "log-%s" % os.path.basename(words[0]))
        self.began = time.monotonic()

        with open(self.log, "wb") as out:
            self.child = subprocess.Popen(
                ["ip", "netns", "exec", field.near] + list(words), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, preexec_fn=follow_parent(),
                env=dict(os.environ, **(environment or {})), cwd=field.folder)

    def text(self):
        with open(self.log, "rb") as log:
            return log.read().decode("utf-8", "replace")

    def wait_for(self, pattern, seconds=30):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if re.search(pattern, self.text()):
                return
            if self.child.poll() is not None:
                break
            time.sleep(0.01)
        raise BenchError("the server did not say %r:\n%s" % (pattern, self.text()[-1500:]))

    def processes(self):
        """Its pid and those of its children."""
        found, queue = [], [self.child.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            try:
                with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
                    queue += [int(word) for word in file.read().split()]
            except OSError:
                pass
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.processes():
            try:
                with open("/proc/%d/stat" % pid) as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return total / os.sysconf("SC_CLK_TCK")

    def memory_kib(self):
        """(resident, proportional), of all its processes."""
        rss = pss = 0
        for pid in self.processes():
            try:
                with open("/proc/%d/smaps_rollup" % pid) as file:
                    text = file.read()
            except OSError:
                continue
            rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])
            pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
        return rss, pss

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()


class Field:
    def __init__(self, prefix_length=8):
        tag = "%s%d" % (PREFIX, os.getpid())
        self.near, self.far = tag + "-near", tag + "-far"
        self.folder = tempfile.mkdtemp(prefix="tugboot-bench.")
        os.chmod(self.folder, 0o755)
        self.servers = []
        atexit.register(self.close)
        for space in (self.near, self.far):
            command("ip", "netns", "add", space)
            command("ip", "-n", space, "link", "set", "lo", "up")
        command("ip", "-n", self.near, "link", "add", "eth0", "type", "veth", "peer", "name",
                "eth0", "netns", self.far)
        for space, address in ((self.near, SERVER), (self.far, CLIENT)):
            command("ip", "-n", space, "address", "add", "%s/%d" % (address, prefix_length),
                    "brd", "+", "dev", "eth0")
            command("ip", "-n", space, "link", "set", "eth0", "up")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as out:
            out.write(text)
        return self.path(name)

    def fresh(self, name):
        """An empty folder of that name."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        os.mkdir(self.path(name))
        return self.path(name)

    def start(self, *words, environment=None):
        server = Server(self, words, environment)
        self.servers.append(server)
        return server

    def load(self, *words, seconds=120):
        """Run a load program on the far side; what its line of JSON says."""
        done = subprocess.run(["ip", "netns", "exec", self.far] + [str(word) for word in words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds)
        lines = done.stdout.strip().splitlines()
        if not lines:
            raise BenchError("%s: exit %d: %s" % (words[0], done.returncode, done.stderr.strip()))
        return json.loads(lines[-1])

    def stop(self, *servers):
        for server in servers:
            server.stop()
            self.servers.remove(server)

    def close(self):
        for server in self.servers:
            server.stop()
        self.servers = []
        for space in (self.near, self.far):
            command("ip", "netns", "del", space, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def begin():
    """Once, at the start of a measurement."""
    if os.geteuid() != 0:
        sys.exit("this makes network namespaces: run it as root (sudo)")
    for line in command("ip", "netns", "list", check=False).splitlines():
        found = re.match(PREFIX + r"(\d+)-", line)
        if found and not os.path.exists("/proc/" + found[1]):
            command("ip", "netns", "del", line.split()[0], check=False)
    end_orderly()


# --- the arithmetic --------------------------------------------------------------------------------

def spread(values):
    return min(values), statistics.median(values), max(values)


def figures(values, form="%.0f"):
    return " / ".join(form % value for value in spread(values))


def ratios(ours, theirs):
    """Of each round by itself: what the machine did meanwhile troubled both."""
    return [our / their for our, their in zip(ours, theirs) if their > 0]


class Verdicts:
    """Lines of ratios against what was to be reached, and whether all were."""

    def __init__(self):
        self.rows, self.unsound = [], []

    def add(self, work, ours, theirs, target, less_is_better=False):
        found = ratios(ours, theirs)
        if not found:
            self.unsound.append("%s: no round gave a figure" % work)
            return
        low, middle, high = spread(found)
        reached = target is None or (middle <= target if less_is_better else middle >= target)
        self.rows.append((work, low, middle, high, target, less_is_better, reached))
        print("  %-58s %6.2f / %6.2f / %6.2f x  %s" % (
            work, low, middle, high, "" if target is None else "%s %.2f: %s" % (
                "<=" if less_is_better else ">=", target, "reached" if reached else "MISSED")),
            flush=True)

    def fault(self, text):
        self.unsound.append(text)
        print("  WRONG: " + text, flush=True)

    def end(self):
        missed = [row for row in self.rows if not row[6]]
        print("%d ratios, %d below their target, %d wrong answers or runs" % (
            len(self.rows), len(missed), len(self.unsound)))
        return 1 if self.unsound else 0

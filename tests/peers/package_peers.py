#!/usr/bin/env python3
"""The Debian package on a clean system: built from the files of the tree, looked at by lintian,
installed by apt-get in a container that a real systemd runs, where its unit starts with all its
restrictions. From there a virtual machine boots; then the package is upgraded with its leases kept,
removed and purged. TAP lines on standard output.

The container has the network namespace of the lab, without a way out: what the package needs is put
into its root beforehand, by mmdebstrap from where this machine's apt gets its packages. All mounts
are in mount namespaces that end with their programs.

  TUGBOOT_DEB=FILE package_peers.py      takes a package that is built already
  TUGBOOT_ROOT=FOLDER package_peers.py   takes a copy of a clean root that was made before
"""
import glob
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "faults"))
sys.path.insert(0, HERE)

import ground  # noqa: E402
import lab as lab_module  # noqa: E402
import servers  # noqa: E402
import vm  # noqa: E402
from tap import Tap, check  # noqa: E402

STATE = "/var/lib/tugboot"
CONFIG = """dhcp:
  mode: server
  probe: false
  subnets: [{network: 192.168.77.0/24, pool: [192.168.77.100-192.168.77.199]}]
files: /srv/boot
"""
MAC = "52:54:00:70:61:63"
# In a mount namespace: the one tree of control groups, of which systemd needs a branch; $0 is its name
# where no systemd of this machine gives one.
GROUP = """set -e
mount -t cgroup2 cgroup2 /sys/fs/cgroup
if [ -n "$0" ]; then
    mkdir "/sys/fs/cgroup/$0"
    echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"
fi
exec "$@"
"""
SYSTEM = "systemd-sysv,dbus,iproute2"


def run(*words, seconds=300, folder=None, environment=None, good=True):
    """Its output; an exception with the end of it when the program fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds,
                          cwd=folder, env=dict(os.environ, **(environment or {})), check=False)
    check(not good or done.returncode == 0, "%s: exit %d\n%s" % (
        " ".join(words), done.returncode, lab_module.tail(done.stdout, 25)))
    return done.stdout


def apt_settings():
    """What this machine's apt was told about reaching its packages (proxies), as mmdebstrap's words."""
    words = []
    for line in run("apt-config", "dump", "Acquire").splitlines():
        if re.match(r"Acquire::(https?|ftp)(::[^ ]*)?::Proxy[^ ]* \"[^\"]+\";$", line, re.I):
            words += ["--aptopt", line]
    return words


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as text:
        return [int(word) for word in text.read().split()]


class Package:
    """What the cases do one after the other: each goes on where the one before it ended."""

    def __init__(self, top, g):
        self.top, self.g = top, g
        self.root, self.deb = os.path.join(top, "root"), None
        self.container = self.before = self.address = self.pid = None
        self.booted, self.group = False, "tugboot-test-%d" % os.getpid()

    # --- parts

    def need(self, what):
        check(what, "not tried: what it goes on from has failed")

    def inside(self, *words, **how):
        """In the container, beside its init."""
        leader = children(self.container.child.pid)
        check(leader, "the container has ended:\n" + lab_module.tail(self.container.text(), 20))
        return run("nsenter", "--target", str(leader[0]), "--all", "--wd=/", "env", "-i",
                   "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words, **how)

    def reload(self):
        try:
            self.inside("systemctl", "reload", "tugboot")
        except AssertionError as error:
            raise AssertionError("%s\n%s" % (error, self.journal("--lines", "15"))) from None

    def show(self, name):
        return self.inside("systemctl", "show", "--value", "--property", name, "tugboot").strip()

    def journal(self, *words):
        return self.inside("journalctl", "--unit", "tugboot", "--no-pager", *words)

    def exists(self, path):
        return os.path.lexists(self.root + path)

    def files(self):
        """All that is there, but what dpkg, apt and systemd itself remember."""
        leave = ("/var/lib/dpkg/*", "/var/log/*", "/var/cache/*", "/var/lib/apt/*", "/tmp/*", "/run/*",
                 "/var/lib/systemd/*", "/var/tmp/*", "/etc/.updated", "/var/.updated")
        words = [word for path in leave for word in ("-not", "-path", self.root + path)]
        said = run("find", self.root, "-xdev", *words)
        return {line[len(self.root):] for line in said.splitlines()}

    def is_up(self, former=None):
        """The service runs, by another process than `former`: its process."""
        def probe():
            pid = self.show("MainPID")
            return self.show("ActiveState") == "active" and pid not in ("0", former) and pid
        try:
            return ground.wait_until(40, "the unit is active", probe, 0.3)
        except ground.LabError as error:
            raise ground.LabError("%s\n%s" % (error, lab_module.tail(self.journal(), 25))) from None

    # --- cases

    def build(self):
        """dpkg-buildpackage, of a copy of the files that belong to the tree."""
        given = os.environ.get("TUGBOOT_DEB")
        if given:
            self.deb = os.path.abspath(given)
            return
        source = os.path.join(self.top, "source", "tugboot")
        for name in run("git", "-c", "safe.directory=*", "ls-files", folder=ROOT).splitlines():
            target = os.path.join(source, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), target, follow_symlinks=False)
        # The unit tests have their own part of ./dev test.
        run("dpkg-buildpackage", "-us", "-uc", "-b", folder=source, seconds=560,
            environment={"DEB_BUILD_OPTIONS": "nocheck parallel=%d" % (os.cpu_count() or 1)})
        self.deb = glob.glob(os.path.join(self.top, "source", "tugboot_*.deb"))[0]

    def lintian(self):
        """No error and no warning."""
        self.need(self.deb)
        said = run("lintian", "--allow-root", "--suppress-tags", "initial-upload-closes-no-bugs",
                   "--fail-on", "error,warning", self.deb)
        check(not re.search("(?m)^[EW]:", said), said)

    def clean_system(self):
        """Debian's smallest with systemd, and what the package depends on and recommends (of
        alternatives the first). Its systemd comes up."""
        self.need(self.deb)
        depends = run("dpkg-deb", "-f", self.deb, "Depends").strip()
        check(re.search(r"\blibcurl4\b", depends), "libcurl, which is loaded at need: " + depends)
        depends += "," + run("dpkg-deb", "-f", self.deb, "Recommends").strip()
        names = {re.split(r"[ (|]", one.strip())[0] for one in depends.split(",") if one.strip()}
        sources = [path for path in ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources")
                   if os.path.exists(path) and os.path.getsize(path)]
        with open("/etc/os-release", encoding="utf-8") as release:
            suite = re.search(r"(?m)^VERSION_CODENAME=(\w+)", release.read()).group(1)
        given = os.environ.get("TUGBOOT_ROOT")
        if given:
            run("cp", "-a", given, self.root)
        else:
            run("unshare", "--mount", "mmdebstrap", "--variant=minbase", *apt_settings(),
                "--include=%s,%s" % (SYSTEM, ",".join(sorted(names))), suite, self.root, *sources)
        os.makedirs(self.root + "/srv/boot")
        with open(self.root + "/srv/boot/hello", "wb") as out:
            out.write(b"hello\n" * 1000)
        self.start_container()
        self.before = self.files()

    def start_container(self):
        # A machine that systemd runs gives containers their own unit; elsewhere there is none to give.
        alone = [] if os.path.isdir("/run/systemd/system") else ["--keep-unit"]
        self.container = self.g.start(
            self.g.server, "container", "sh", "-c", GROUP, self.group if alone else "",
            "systemd-nspawn", "--quiet", "--boot", "--register=no", *alone, "--console=read-only",
            "--directory", self.root, "--bind-ro", servers.INSTALLER, "--machine", self.group,
            environment=dict(os.environ, TERM="dumb"))

        def is_up():
            check(self.container.running(), "the container has ended:\n" + self.container.text())
            return children(self.container.child.pid) and self.inside(
                "systemctl", "is-system-running", good=False).strip() in ("running", "degraded")
        ground.wait_until(120, "the container's systemd is up", is_up, 0.5)
        self.inside("systemctl", "mask", "--now", "apt-daily.timer", "apt-daily-upgrade.timer")

    def stop_container(self):
        if self.container:
            self.container.stop(seconds=30)
            run("unshare", "--mount", "sh", "-c", GROUP, "", "find",
                "/sys/fs/cgroup/" + self.group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";",
                good=False)

    def install(self):
        """By apt-get, from the file, with what it recommends: the unit is enabled and runs."""
        self.need(self.before)
        shutil.copy(self.deb, self.root + "/root/tugboot.deb")
        self.inside("apt-get", "install", "-y", "/root/tugboot.deb")
        os.unlink(self.root + "/root/tugboot.deb")
        check(re.match(r"tugboot \d", self.inside("tugboot", "--version")), "--version")
        check("tugboot" in self.inside("getent", "passwd", "tugboot"), "no user")
        for path in ("/lib/systemd/system/tugboot.service", "/usr/bin/tugboot",
                     "/etc/tugboot/tugboot.yaml",
                     "/usr/share/bash-completion/completions/tugboot"):
            check(self.exists(path), path + " is missing")
        self.pid = self.is_up()
        check(self.inside("systemctl", "is-enabled", "tugboot").strip() == "enabled", "not enabled")
        self.inside("tugboot", "check")

    def restricted(self):
        """What the kernel says of the process; nothing of the unit made it complain. The journal has
        its lines with their priority."""
        self.need(self.pid)
        status = self.inside("cat", "/proc/%s/status" % self.pid)
        for line in (r"CapEff:\s+0+$", r"CapBnd:\s+0+$", r"NoNewPrivs:\s+1$", r"Seccomp:\s+2$"):
            check(re.search("(?m)^" + line, status), "%s: %s" % (line, status))
        number = self.inside("id", "-u", "tugboot").strip()
        check(re.search(r"(?m)^Uid:\s+%s\s+%s\s" % (number, number), status), status)
        check("serving eth0" in self.show("StatusText"), self.show("StatusText"))
        check(self.show("WatchdogUSec") != "0", "no watchdog")
        rows = [json.loads(line) for line in self.journal("--output", "json").splitlines()]
        ready = [row for row in rows if re.search(r"tugboot \S+ serves eth0", str(row["MESSAGE"]))]
        check(ready and ready[0]["PRIORITY"] == "5", "no line, or not of priority notice: %s" %
              "\n".join("%s %s" % (row.get("PRIORITY"), row["MESSAGE"]) for row in rows))
        bad = self.journal("--priority", "warning", "--output", "cat")
        check(not bad.strip() or "-- No entries --" in bad, bad)
        # The image worker, a process of its own, is one of the unit, too.
        group = self.inside("systemctl", "status", "--no-pager", "tugboot", good=False)
        check("tugboot serve" in group, group)
        self.inside("systemd-analyze", "security", "--no-pager", "--threshold=35", "tugboot")

    def configure_and_serve(self):
        """A lease, and a file by TFTP and HTTP, with a configuration of its own; systemctl reload
        refuses a faulty one, and takes a sound one without a restart."""
        self.need(self.pid)
        path = self.root + "/etc/tugboot/tugboot.yaml"
        with open(path, "w", encoding="utf-8") as out:
            out.write(CONFIG)
        self.inside("systemctl", "restart", "tugboot")
        self.pid = self.is_up(former=self.pid)
        with open(path, "a", encoding="utf-8") as out:
            out.write("menu: {tilte: lab}\n")
        done = self.inside("sh", "-c", "systemctl reload tugboot; echo status=$?", good=False)
        check("status=0" not in done, "a faulty configuration was taken: " + done)
        with open(path, "w", encoding="utf-8") as out:
            out.write(CONFIG)
        self.reload()
        check(self.is_up() == self.pid, "it was restarted, not reloaded")
        self.address = ground.Dhcp(self.g).dora(ground.mac_of(7))
        check(ground.tftp_get(self.g, "hello") == b"hello\n" * 1000, "TFTP")
        check(ground.http_get(self.g, "/hello") == (200, b"hello\n" * 1000), "HTTP")
        check(self.exists(STATE + "/ca.pem"), "HTTPS has no CA")

    def boot_a_machine(self):
        """SeaBIOS and iPXE start Debian's installer from it: the kernel speaks."""
        self.need(self.address)
        token = secrets.token_hex(6)
        self.inside("tugboot", "image", "add", servers.INSTALLER, "--name", "debian-12", "--args",
                    servers.kernel_arguments(token))
        self.inside("tugboot", "host", "add", "node1", "--mac", MAC, "--boot", "debian-12")
        machine = vm.Machine(self.g, "node1", "bios", MAC)
        try:
            machine.start()
            machine.expect_kernel(token)
            self.booted = True
        finally:
            machine.stop()
        said = self.journal("--output", "cat")
        check(re.search(MAC + r".*debian-12 is on its way", said), lab_module.tail(said, 20))

    def damage_is_noticed(self):
        """By the service that a timer starts once a week."""
        self.need(self.booted)
        check(self.inside("systemctl", "is-enabled", "tugboot-verify.timer").strip() == "enabled",
              "the timer is not enabled")
        self.inside("systemctl", "is-active", "tugboot-verify.timer")
        self.inside("systemctl", "start", "tugboot-verify.service")
        path = self.root + STATE + "/images/debian-12/debian-installer/amd64/initrd.gz"
        before = os.stat(path)
        with open(path, "r+b") as out:
            out.seek(1000)
            out.write(b"damage")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.inside("systemctl", "start", "tugboot-verify.service", good=False)
        said = self.inside("journalctl", "--unit", "tugboot-verify", "--no-pager")
        check("initrd.gz: DAMAGED" in said, said)
        check("failed" in self.inside("systemctl", "is-failed", "tugboot-verify.service",
                                      good=False), said)

    def upgrade(self):
        """A higher version is started in place of the one that runs, and keeps configuration, leases,
        hosts and images."""
        self.need(self.address)
        folder = os.path.join(self.top, "higher")
        run("dpkg-deb", "-R", self.deb, folder)
        with open(folder + "/DEBIAN/control", encoding="utf-8") as control:
            text = control.read()
        with open(folder + "/DEBIAN/control", "w", encoding="utf-8") as control:
            control.write(re.sub(r"(?m)^(Version: .*)$", r"\1+higher1", text))
        run("dpkg-deb", "--root-owner-group", "-b", folder, self.root + "/root/higher.deb")
        self.inside("apt-get", "install", "-y", "/root/higher.deb")
        os.unlink(self.root + "/root/higher.deb")
        check("+higher1" in self.inside("dpkg-query", "-W", "tugboot"), "not upgraded")
        self.pid = self.is_up(former=self.pid)
        with open(self.root + "/etc/tugboot/tugboot.yaml", encoding="utf-8") as config:
            check(config.read() == CONFIG, "the configuration was changed")
        check(self.address in self.inside("tugboot", "lease", "list"), "the lease is lost")
        if self.booted:
            check("node1" in self.inside("tugboot", "host", "list"), "the host is lost")
            check("debian-12" in self.inside("tugboot", "image", "list"), "the image is lost")
        # The machine that has the lease gets the same again.
        check(ground.Dhcp(self.g).dora(ground.mac_of(7)) == self.address, "another address")

    def restart_after_a_crash(self):
        """systemd starts it anew."""
        self.need(self.pid)
        former = self.pid
        self.inside("systemctl", "kill", "--kill-who=main", "--signal=SEGV", "tugboot")
        self.pid = self.is_up(former=former)

    def remove(self):
        """The daemon ends; state and configuration stay."""
        self.need(self.address)
        self.inside("apt-get", "remove", "-y", "tugboot")
        check(not self.exists("/usr/bin/tugboot"), "the program is still there")
        check(self.exists(STATE + "/tugboot.db"), "the leases are gone")
        check(self.exists("/etc/tugboot/tugboot.yaml"), "the configuration is gone")
        check("inactive" in self.inside("systemctl", "is-active", "tugboot", good=False),
              "it still runs")

    def purge(self):
        """Nothing is left but the user, whose number must not be given to somebody else."""
        self.need(self.address)
        self.inside("apt-get", "purge", "-y", "tugboot")
        left = sorted(path for path in self.files() - self.before
                      if not re.match(r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$", path)
                      and path not in ("/etc/.pwd.lock", "/etc/machine-id", "/root/.cache"))
        check(not left, "left: " + " ".join(left))


CASES = ("build", "lintian", "clean_system", "install", "restricted", "configure_and_serve",
         "boot_a_machine", "damage_is_noticed", "upgrade", "restart_after_a_crash", "remove", "purge")


def main():
    for program in ("dpkg-buildpackage", "mmdebstrap", "lintian", "systemd-nspawn"):
        if not shutil.which(program):
            sys.exit("there is no %s here: ./dev deps test installs it" % program)
    lab_module.prepare()
    top = tempfile.mkdtemp(prefix="tugboot-package.")
    os.chmod(top, 0o755)
    tap = Tap()
    with ground.Ground(os.path.join(top, "ground")) as g:
        package = Package(top, g)
        for name in CASES:
            tap.case("package: " + name.replace("_", " "), getattr(package, name))
        package.stop_container()
    status = tap.end()
    if status == 0:
        shutil.rmtree(top, ignore_errors=True)
    else:
        print("# logs: " + top)
    return status


if __name__ == "__main__":
    sys.exit(main())

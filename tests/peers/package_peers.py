#!/usr/bin/env python3
"""The Debian package in a clean root: built, looked at by lintian, installed without a network,
serving from there, upgraded with its leases kept, removed and purged. TAP lines on standard output.

  TUGBOOT_DEB=FILE package_peers.py      takes a package that is built already
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "faults"))

import ground  # noqa: E402
import lab as lab_module  # noqa: E402
from tap import Skip, Tap, check  # noqa: E402

# In the mount namespace of `ip netns exec`, so that it is gone with the program.
CHROOT = ("sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"')
STATE = "/var/lib/tugboot"
CONFIG = """dhcp:
  mode: server
  probe: false
  subnets: [{network: 192.168.77.0/24, pool: [192.168.77.100-192.168.77.199]}]
files: /srv/boot
https: {enabled: false}
"""


def run(*words, seconds=300, folder=None, environment=None, good=True):
    """Its output; an exception with the end of it when the program fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=seconds, cwd=folder,
                          env=dict(os.environ, **(environment or {})), check=False)
    check(not good or done.returncode == 0, "%s: exit %d\n%s" % (
        " ".join(words), done.returncode, lab_module.tail(done.stdout, 25)))
    return done.stdout


class Package:
    """What the cases do one after the other: each goes on where the one before it ended."""

    def __init__(self, top, g):
        self.top, self.g = top, g
        self.root, self.deb, self.before, self.address = os.path.join(top, "root"), None, None, None

    def inside(self, *words, **how):
        """In the clean root, in the server's namespace, which has no way out."""
        return run("ip", "netns", "exec", self.g.server, *CHROOT, self.root, "env",
                   "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words, **how)

    def exists(self, path):
        return os.path.lexists(self.root + path)

    def build(self):
        """dpkg-buildpackage, of a copy of the files that belong to the tree."""
        given = os.environ.get("TUGBOOT_DEB")
        if given:
            self.deb = os.path.abspath(given)
            raise Skip("TUGBOOT_DEB is built already")
        source = os.path.join(self.top, "source", "tugboot")
        for name in run("git", "-c", "safe.directory=*", "ls-files", folder=ROOT).splitlines():
            target = os.path.join(source, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), target, follow_symlinks=False)
        # The unit tests have their own part of ./dev test.
        run("dpkg-buildpackage", "-us", "-uc", "-b", folder=source, seconds=560,
            environment={"DEB_BUILD_OPTIONS": "nocheck parallel=%d" % (os.cpu_count() or 1)})
        self.deb = glob.glob(os.path.join(self.top, "source", "tugboot_*.deb"))[0]

    def need(self, what):
        if not what:
            raise Skip("there is nothing to go on with")

    def lintian(self):
        self.need(self.deb)
        said = run("lintian", "--allow-root", "--suppress-tags", "initial-upload-closes-no-bugs", "--fail-on",
                   "error,warning", self.deb)
        check(not re.search("(?m)^[EW]:", said), said)

    def clean_root(self):
        """Debian's smallest, and the libraries the package depends on: by the name of each first
        alternative."""
        self.need(self.deb)
        depends = run("dpkg-deb", "-f", self.deb, "Depends").strip()
        check(re.search(r"\blibcurl4\b", depends), "libcurl, which is loaded at need: " + depends)
        names = {re.split(r"[ (|]", one.strip())[0] for one in depends.split(",")}
        sources = [path for path in ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources")
                   if os.path.exists(path) and os.path.getsize(path)]
        with open("/etc/os-release", encoding="utf-8") as release:
            suite = re.search(r"(?m)^VERSION_CODENAME=(\w+)", release.read()).group(1)
        run("mmdebstrap", "--variant=minbase", "--include=" + ",".join(sorted(names)), suite, self.root, *sources)
        self.before = self.files()

    def files(self):
        """All that is there, but what dpkg and apt remember."""
        said = run("find", self.root, "-xdev", "-not", "-path", self.root + "/var/lib/dpkg/*",
                   "-not", "-path", self.root + "/var/log/*", "-not", "-path",
                   self.root + "/var/cache/*", "-not", "-path", self.root + "/var/lib/apt/*",
                   "-not", "-path", self.root + "/tmp/*")
        return {line[len(self.root):] for line in said.splitlines()}

    def install(self):
        """By apt-get, from the file."""
        self.need(self.before)
        shutil.copy(self.deb, self.root + "/tmp/tugboot.deb")
        self.inside("apt-get", "install", "-y", "--no-install-recommends", "/tmp/tugboot.deb")
        check(re.match(r"tugboot \d", self.inside("tugboot", "--version")), "--version")
        self.inside("tugboot", "check")
        self.inside("tugboot", "check", "--print")
        check("tugboot" in self.inside("getent", "passwd", "tugboot"), "no user")
        for path in ("/lib/systemd/system/tugboot.service", "/usr/bin/tugboot",
                     "/etc/tugboot/tugboot.yaml",
                     "/usr/share/bash-completion/completions/tugboot"):
            check(self.exists(path), path + " is missing")

    def start(self):
        daemon = self.g.start(self.g.server, "tugboot", *CHROOT, self.root,
                              "/usr/bin/tugboot", "serve")
        ground.wait_until(30, "it serves:\n" + daemon.text(), lambda: re.search(
            r"tugboot \S+ serves", daemon.text()) or not daemon.running())
        check(daemon.running(), "it ended:\n" + daemon.text())
        return daemon

    def serve_unconfigured(self):
        """As installed, with every line of the configuration a comment."""
        self.need(self.exists("/usr/bin/tugboot") and self.before)
        daemon = self.start()
        try:
            check("user tugboot" in daemon.text(), daemon.text())
            self.inside("tugboot", "status")
        finally:
            check(daemon.stop() == 0, daemon.text())

    def serve(self):
        """A lease, and a file by TFTP and HTTP."""
        self.need(self.exists("/usr/bin/tugboot") and self.before)
        os.makedirs(self.root + "/srv/boot")
        with open(self.root + "/srv/boot/hello", "wb") as out:
            out.write(b"hello\n" * 1000)
        with open(self.root + "/etc/tugboot/tugboot.yaml", "w", encoding="utf-8") as out:
            out.write(CONFIG)
        daemon = self.start()
        try:
            self.address = ground.Dhcp(self.g).dora(ground.mac_of(7))
            check(ground.tftp_get(self.g, "hello") == b"hello\n" * 1000, "TFTP")
            check(ground.http_get(self.g, "/hello") == (200, b"hello\n" * 1000), "HTTP")
        finally:
            check(daemon.stop() == 0, daemon.text())

    def upgrade(self):
        """A higher version keeps configuration and leases."""
        self.need(self.address)
        folder = os.path.join(self.top, "higher")
        run("dpkg-deb", "-R", self.deb, folder)
        with open(folder + "/DEBIAN/control", encoding="utf-8") as control:
            text = control.read()
        with open(folder + "/DEBIAN/control", "w", encoding="utf-8") as control:
            control.write(re.sub(r"(?m)^(Version: .*)$", r"\1+higher1", text))
        run("dpkg-deb", "--root-owner-group", "-b", folder, self.root + "/tmp/higher.deb")
        self.inside("apt-get", "install", "-y", "--no-install-recommends", "/tmp/higher.deb")
        check("+higher1" in self.inside("dpkg-query", "-W", "tugboot"), "not upgraded")
        with open(self.root + "/etc/tugboot/tugboot.yaml", encoding="utf-8") as config:
            check(config.read() == CONFIG, "the configuration was changed")
        daemon = self.start()
        try:
            check(self.address in self.inside("tugboot", "lease", "list"), "the lease is lost")
        finally:
            check(daemon.stop() == 0, daemon.text())

    def remove(self):
        """State and configuration stay."""
        self.need(self.address)
        self.inside("apt-get", "remove", "-y", "tugboot")
        check(not self.exists("/usr/bin/tugboot"), "the program is still there")
        check(self.exists(STATE + "/tugboot.db"), "the leases are gone")
        check(self.exists("/etc/tugboot/tugboot.yaml"), "the configuration is gone")

    def purge(self):
        """Nothing is left but the user, whose number must not be given to somebody else."""
        self.need(self.address)
        self.inside("apt-get", "purge", "-y", "tugboot")
        shutil.rmtree(self.root + "/srv/boot")
        left = sorted(path for path in self.files() - self.before
                      if not re.match(r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$", path)
                      and path != "/etc/.pwd.lock")
        check(not left, "left: " + " ".join(left))


def main():
    for program in ("dpkg-buildpackage", "mmdebstrap", "lintian"):
        if not shutil.which(program):
            print("1..0 # SKIP no %s here: ./dev deps test" % program)
            return 0
    lab_module.prepare()
    top = tempfile.mkdtemp(prefix="tugboot-package.")
    os.chmod(top, 0o755)
    tap = Tap()
    with ground.Ground(os.path.join(top, "ground")) as g:
        package = Package(top, g)
        for name in ("build", "lintian", "clean_root", "install", "serve_unconfigured", "serve",
                     "upgrade", "remove", "purge"):
            tap.case("package: " + name.replace("_", " "), getattr(package, name))
    status = tap.end()
    if status == 0:
        shutil.rmtree(top, ignore_errors=True)
    else:
        print("# logs: " + top)
    return status


if __name__ == "__main__":
    sys.exit(main())

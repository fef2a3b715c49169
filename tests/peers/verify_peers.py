#!/usr/bin/env python3
"""Digests of images: recorded when one is added, checked by `tugboot image verify`, and read by sha256sum
alike. TAP lines on standard output.

  verify_peers.py [PATH/TO/tugboot]
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from tap import Tap, check  # noqa: E402

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TUGBOOT") or ROOT + "/build/tugboot"
INSTALLER = "/usr/lib/debian-installer/images/12/amd64/text"
KERNEL = "d12/debian-installer/amd64/linux"


class Site:
    def __init__(self, top):
        self.images = os.path.join(top, "images")
        self.config = os.path.join(top, "tugboot.yaml")
        for name in ("images", "state"):
            os.mkdir(os.path.join(top, name))
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"images": self.images, "state": os.path.join(top, "state"), "user": ""}, out)

    def tool(self, *words, status=0):
        done = subprocess.run([PROGRAM, *words, "--config", self.config], capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL)
        check(done.returncode == status, "%s: exit %d, not %d: %s%s" % (
            " ".join(words), done.returncode, status, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def sha256sum(self):
        return subprocess.run(["sha256sum", "--quiet", "--strict", "--check", ".digests/d12.sha256"],
                              cwd=self.images, capture_output=True, text=True, check=False)

    def disturb(self, keep_time):
        path = os.path.join(self.images, KERNEL)
        before = os.stat(path)
        with open(path, "r+b") as out:
            out.seek(before.st_size // 2)
            byte = out.read(1)
            out.seek(before.st_size // 2)
            out.write(bytes([byte[0] ^ 1]))
        if keep_time:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def recorded_when_added(site):
    site.tool("image", "add", INSTALLER, "--name", "d12")
    done = site.sha256sum()
    check(done.returncode == 0, done.stdout + done.stderr)
    said = site.tool("image", "verify", "d12")
    check("intact" in said and "new" not in said, said)


def a_bit_that_fell_over(site):
    site.disturb(keep_time=True)
    said = site.tool("image", "verify", status=1)
    check(KERNEL + ": DAMAGED: " in said, said)
    check(KERNEL in site.sha256sum().stdout, "sha256sum does not see it")
    report = json.loads(site.tool("image", "verify", "--accept", "--json", "d12", status=1))
    check(report["images"][0]["findings"] == [{"file": KERNEL, "verdict": "DAMAGED"}], str(report))
    site.disturb(keep_time=True)
    site.tool("image", "verify", "d12")


def a_change_that_was_meant(site):
    site.disturb(keep_time=False)
    said = site.tool("image", "verify", "d12", status=1)
    check(KERNEL + ": changed: " in said, said)
    site.tool("image", "verify", "--accept", "d12", status=1)
    site.tool("image", "verify", "d12")
    check(site.sha256sum().returncode == 0, "sha256sum disagrees")


def a_file_that_was_copied_there(site):
    shutil.copy(os.path.join(INSTALLER, "debian-installer/amd64/bootnetx64.efi"),
                os.path.join(site.images, "own.efi"))
    check("own.efi: 1 file" in site.tool("image", "verify"), "not recorded")
    check("own.efi: 1 file" in site.tool("image", "verify", "own"), "not found by its name")


def an_image_that_is_not_there(site):
    said = site.tool("image", "verify", "nobody", status=4)
    check("there is no image 'nobody'" in said, said)


def what_is_removed_is_forgotten(site):
    site.tool("image", "remove", "d12")
    check(not os.path.exists(site.images + "/.digests/d12.sha256"), "the record is still there")


class Daemon:
    """tugboot serve without DHCP, asked by its unix socket."""

    def __init__(self, site, top):
        self.control, self.log = os.path.join(top, "control"), os.path.join(top, "log")
        with open(site.config, encoding="utf-8") as file:
            settings = json.load(file)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings.update({"control": self.control, "interfaces": ["lo"], "dhcp": {"mode": "off"},
                         "http": {"port": port}, "tftp": {"port": port}, "altiris": {"enabled": False},
                         "https": {"enabled": False}, "admin": {"enabled": False}})
        self.config = os.path.join(top, "daemon.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump(settings, out)
        self.child = None

    def start(self):
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen([PROGRAM, "serve", "--config", self.config],
                                          stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT)
        self.wait("it answers", lambda: os.path.exists(self.control))

    def stop(self):
        if self.child:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(30)
            self.child = None

    def told(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait(self, what, probe):
        until = time.monotonic() + 150
        while time.monotonic() < until:
            check(self.child.poll() is None, "it has ended:\n" + self.told())
            found = probe()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError("never: %s\n%s" % (what, self.told()))

    def image(self, name):
        done = subprocess.run(["curl", "-s", "--unix-socket", self.control,
                               "http://localhost/api/v1/images/" + name], capture_output=True,
                              text=True, check=False)
        return json.loads(done.stdout or "{}")

    def expect(self, name, digest):
        return self.wait("%s is %s" % (name, digest),
                         lambda: self.image(name).get("digest") == digest and self.image(name))


def age(path, seconds):
    facts = os.stat(path)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns - seconds * 10**9))


def the_daemon_keeps_an_eye_on_them(site):
    daemon = Daemon(site, os.path.dirname(site.config))
    path = os.path.join(site.images, "disc.img")
    try:
        daemon.start()
        with open(path + ".part", "wb") as out:
            out.write(b"\xeb\xfe" + bytes(508) + b"\x55\xaa" + os.urandom(3 << 20))
        age(path + ".part", 600)
        os.rename(path + ".part", path)
        seen = daemon.expect("disc", "intact")
        check(seen["digest_checked_ms"] > 0 and "digest_file" not in seen, str(seen))
        check("image disc.img: the SHA-256 of 1 files is recorded" in daemon.told(), daemon.told())
        record = os.path.join(site.images, ".digests/disc.img.sha256")
        done = subprocess.run(["sha256sum", "--quiet", "--strict", "--check", record],
                              cwd=site.images, capture_output=True, text=True, check=False)
        check(done.returncode == 0, done.stdout + done.stderr)

        daemon.stop()
        with open(record, encoding="ascii") as file:
            before = file.read()
        daemon.start()
        daemon.expect("disc", "intact")
        with open(record, encoding="ascii") as file:
            check(file.read() == before, "it was read again after a restart")

        with open(path, "r+b") as out:
            out.seek(1 << 20)
            out.write(b"other")
        age(path, 300)
        seen = daemon.expect("disc", "changed")
        check(seen["digest_file"] == "disc.img", str(seen))
        check("image disc.img: disc.img is changed: " in daemon.told(), daemon.told())
        site.tool("image", "verify", "--accept", "disc", status=1)
        daemon.wait("it hears of that within a minute or two",
                    lambda: daemon.image("disc").get("digest") == "intact")
    finally:
        daemon.stop()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-verify-") as top:
        site = Site(top)
        for case in (recorded_when_added, a_bit_that_fell_over, a_change_that_was_meant,
                     a_file_that_was_copied_there, an_image_that_is_not_there,
                     what_is_removed_is_forgotten, the_daemon_keeps_an_eye_on_them):
            tap.case("image verify: " + case.__name__.replace("_", " "), case, site)
    return tap.end()


sys.exit(main())

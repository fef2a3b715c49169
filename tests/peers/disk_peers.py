#!/usr/bin/env python3
"""The boot disk made on the fly, as fetched from a running tugboot: the same bytes whatever way they
are asked for, a file system that fsck.fat and mtools read, and what the timeline tells of it.

    disk_peers.py [PATH/TO/tugboot]

Makes a private network in namespaces (so it wants root); prints TAP.
"""
import email
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Skip, Tap, check  # noqa: E402

SHIM = "/usr/lib/shim/shimx64.efi.signed"
GRUB = "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"
MAC, MENU_MAC = "52:54:00:00:00:01", "52:54:00:00:00:02"
BASE = "http://" + lab_module.SERVER
DISK, MENU = ("%s/disk/%s.img" % (BASE, mac.replace(":", "-")) for mac in (MAC, MENU_MAC))


class Site:
    def __init__(self, folder, settings):
        self.lab = lab_module.Lab(folder)
        program = sys.argv[1] if len(sys.argv) > 1 else None
        self.tugboot = servers.Tugboot(self.lab, "proxy", settings, program)
        self.client = self.lab.namespace("client")
        self.lab.cable(self.client, "eth0", "br0", lab_module.NETWORK + ".50", MAC)

    def curl(self, *words, output="/dev/null", space=None):
        """Run curl on the client's place; its status code and headers."""
        headers = self.lab.path("headers.%d" % threading.get_ident())
        status, said = self.lab.run(
            space or self.client, "curl", "-sS", "--max-time", "120", "-D", headers, "-o", output,
            "-w", "%{http_code}", *words, seconds=130)
        check(status == 0, "curl %s: %d %s" % (" ".join(words), status, said))
        with open(headers, encoding="latin-1") as lines:
            parsed = email.message_from_string(lines.read().split("\n", 1)[1])
        return int(said[-3:]), parsed

    def bytes(self, *words):
        """What a request's body was, with status and headers."""
        path = self.lab.path("body.%d" % threading.get_ident())
        if os.path.exists(path):
            os.unlink(path)
        code, headers = self.curl(*words, output=path)
        data = b""
        if os.path.exists(path):
            with open(path, "rb") as body:
                data = body.read()
        return code, headers, data

    def files(self, image, name):
        """The content of a file of the image, by mtools; None when it is not there."""
        done = subprocess.run(["mtype", "-i", image, "::" + name], capture_output=True)
        return done.stdout if done.returncode == 0 else None


def read(path):
    with open(path, "rb") as data:
        return data.read()


class Cases:
    def __init__(self, site):
        self.site, self.lab = site, site.lab
        self.image = self.lab.path("disk.img")
        self.whole, self.headers = b"", {}

    def head_is_get(self):
        code, head = self.site.curl("--head", DISK)
        check(code == 200, "HEAD gave %d" % code)
        code, self.headers = self.site.curl(DISK, output=self.image)
        self.whole = read(self.image)
        check(code == 200, "GET gave %d" % code)
        for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges"):
            check(head[name] and head[name] == self.headers[name], "%s: HEAD %s, GET %s" % (
                name, head[name], self.headers[name]))
        check(int(head["Content-Length"]) == len(self.whole), "the length told is not the length")
        check(head["Content-Type"] == "application/vnd.efi-img", head["Content-Type"])
        check(head["ETag"].startswith('"'), "the tag is not a strong one: " + head["ETag"])

    def others_read_it(self):
        done = subprocess.run(["fsck.fat", "-n", self.image], capture_output=True, text=True)
        check(done.returncode == 0, done.stdout + done.stderr)
        folder = servers.INSTALLER_FILES
        expected = {"EFI/BOOT/BOOTX64.EFI": SHIM, "EFI/BOOT/grubx64.efi": GRUB,
                    "images/debian-12/linux": folder + "/linux",
                    "images/debian-12/initrd.gz": folder + "/initrd.gz"}
        prefix = "images/debian-12/"
        listing = subprocess.run(["mdir", "-/", "-b", "-i", self.image, "::"],
                                 capture_output=True, text=True).stdout
        for name, source in expected.items():
            if name.startswith(prefix):  # wherever the image's folder has them
                base = "/" + os.path.basename(source)
                name = next(l for l in listing.splitlines() if l.endswith(base))[3:].lstrip("/")
            got = self.site.files(self.image, name)
            check(got == read(source), "%s is not %s" % (name, source))
        for name in ("EFI/debian", "EFI/BOOT", "grub", "debian-installer/arm64/grub"):
            text = self.site.files(self.image, name + "/grub.cfg")
            check(text and b"tugboot/525400000001.cfg" in text, "%s: %r" % (name, text))
        text = self.site.files(self.image, "tugboot/525400000001.cfg")
        check(text and b"tugboot.token=peers" in text, "the configuration: %r" % text)
        again = subprocess.run(["mdir", "-i", self.image, "::EFI/BOOT"], capture_output=True,
                               text=True)
        check("grubx64.efi" in again.stdout + again.stderr or "GRUBX64  EFI" in again.stdout
              or "GRUBX64" in again.stdout.upper(), again.stdout)

    def ranges_are_slices(self):
        size, picks = len(self.whole), random.Random(4711)
        cuts = sorted([0, size] + [picks.randrange(size) for _ in range(6)])
        together = b""
        for first, end in zip(cuts, cuts[1:]):
            code, headers, data = self.site.bytes("-r", "%d-%d" % (first, end - 1), DISK)
            check(code == 206, "%d-%d gave %d" % (first, end, code))
            check(headers["Content-Range"] == "bytes %d-%d/%d" % (first, end - 1, size),
                  headers["Content-Range"])
            together += data
        check(together == self.whole, "the ranges together are not the whole")
        for first, length in [(0, 1), (511, 3), (512, 512), (1000, 70000), (size - 1, 1)]:
            data = self.site.bytes("-r", "%d-%d" % (first, first + length - 1), DISK)[2]
            check(data == self.whole[first:first + length], "bytes %d+%d differ" % (first, length))
        code, headers, data = self.site.bytes("-r", "-100", DISK)
        check(code == 206 and data == self.whole[-100:], "the last 100 bytes differ")
        check(self.site.curl("-r", "%d-" % size, DISK)[0] == 416, "behind the end is not 416")

    def several_ranges(self):
        code, headers, data = self.site.bytes("-r", "0-99,600-700,70000-80000", DISK)
        check(code == 206, "gave %d" % code)
        message = email.message_from_bytes(
            b"Content-Type: " + headers["Content-Type"].encode() + b"\n\n" + data)
        parts = [p.get_payload(decode=True) for p in message.get_payload()]
        want = [self.whole[0:100], self.whole[600:701], self.whole[70000:80001]]
        check(len(parts) == 3, "%d parts" % len(parts))
        # the mail parser changes line ends in binary parts: lengths by the heads, bytes by search
        for part, slice_ in zip(message.get_payload(), want):
            first = int(part["Content-Range"].split()[1].split("-")[0])
            check(self.whole[first:first + len(slice_)] == slice_ and slice_ in data,
                  "part %s differs" % part["Content-Range"])

    def conditions(self):
        tag = self.headers["ETag"]
        for words, want, length in [
                (["-H", "If-Range: " + tag, "-r", "5-9"], 206, 5),
                (["-H", 'If-Range: "other"', "-r", "5-9"], 200, len(self.whole)),
                (["-H", "If-Match: " + tag, "-r", "1000-1999"], 206, 1000),
                (["-H", 'If-Match: "other"', "-r", "1000-1999"], 412, 0),
                (["-H", "If-None-Match: " + tag], 304, 0)]:
            code, _, data = self.site.bytes(*words, DISK)
            check((code, len(data)) == (want, length), "%s: %d, %d bytes" % (words, code, len(data)))

    def cut_and_resumed(self):
        part = self.lab.path("part")
        with open(part, "wb") as out:
            out.write(self.whole[:30_000_001])
        code, _ = self.site.curl("-C", "-", "-H", "If-Match: " + self.headers["ETag"], DISK,
                                 output=part)
        check(code == 206 and read(part) == self.whole, "the resumed file is another (%d)" % code)

    def many_at_once(self):
        want, wrong = hashlib.sha256(self.whole).hexdigest(), []

        def one(number):
            path = self.lab.path("many%d" % number)
            self.site.curl(DISK, output=path)
            if hashlib.sha256(read(path)).hexdigest() != want:
                wrong.append(number)
            os.unlink(path)
        threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not wrong, "other bytes in %s" % wrong)

    def by_address(self):
        path = self.lab.path("mine")
        self.site.curl(BASE + "/disk/boot.img", output=path)
        check(self.site.files(path, "tugboot/525400000001.cfg"), "not the disk of who asked")
        for name in ("disk/BOOT.IMG", "/disk/52:54:00:00:00:01.img", "DISK//525400000001.img"):
            check(self.site.curl("--path-as-is", "--head", BASE + "/" + name)[0] == 200, name)
        for name in ("disk/x.img", "disk/52-54-00.img", "disk/00-00-00-00-00-00.img", "disk/"):
            check(self.site.curl("--head", BASE + "/" + name)[0] == 404, name)

    def timeline(self):
        text = self.site.tugboot.events()
        check("fetches its boot disk (debian-12, " in text, text[-2000:])
        check("has its boot disk (debian-12): " in text, text[-2000:])
        check("debian-12 is on its way" in text, text[-2000:])

    def one_shot(self):
        self.site.tugboot.tool("host", "set", "node2", "--next-boot", "small")
        url = MENU
        time.sleep(0.5)
        path = self.lab.path("shot")
        check(self.site.curl("--head", url)[0] == 200, "HEAD")
        self.site.curl("-r", "0-1000", url)
        check("one-shot" not in self.site.tugboot.events(), "a part used it up")
        self.site.curl(url, output=path)
        check(self.site.files(path, "images/small/linux"), "not the one-shot's disk")
        self.site.tugboot.expect_event("one-shot boot of small is used up", 10)

        def has_grub():
            self.site.curl(url, output=path)
            return "grubx64" in subprocess.run(["mdir", "-/", "-b", "-i", path, "::"],
                                               capture_output=True, text=True).stdout
        lab_module.wait_until(20, "the menu's disk with GRUB is back", has_grub, 0.3)
        text = self.site.files(path, "tugboot/525400000002.cfg")
        check(b"menuentry" in text, "no menu after it")

    def menu_by_size(self):
        path = self.lab.path("menu")
        _, headers = self.site.curl(MENU, output=path)
        listing = subprocess.run(["mdir", "-/", "-b", "-i", path, "::"], capture_output=True,
                                 text=True).stdout
        # debian-12 and small are 50 MiB, huge is 1.5 GiB: only the menu
        check("initrd" not in listing and int(headers["Content-Length"]) < 10_000_000, listing)
        text = self.site.files(path, "tugboot/525400000002.cfg")
        check(b"net_bootp" in text, "the small disk asks for no address: %r" % text)

    def small_by_tftp(self):
        name = "disk/%s.img" % MENU_MAC.replace(":", "-")
        by_http, by_tftp = self.lab.path("h"), self.lab.path("t")
        self.site.curl(MENU, output=by_http)
        status, said = self.lab.run(self.site.client, "curl", "-sS", "-o", by_tftp,
                                    "--tftp-blksize", "1468",
                                    "tftp://%s/%s" % (lab_module.SERVER, name), seconds=120)
        check(status == 0, said)
        check(read(by_http) == read(by_tftp), "TFTP gave other bytes than HTTP")

    def huge(self):
        """1.5 GiB of initrd: exact length, tables by position, and no memory to speak of."""
        url = DISK.replace("00-01.img", "00-03.img")
        size = int(self.site.curl("--head", url)[1]["Content-Length"])
        check(size > 1536 << 20, "%d bytes" % size)
        before = self.memory()
        code, headers = self.site.curl(url, space=self.lab.server)
        check(code == 200, "gave %d" % code)
        check(self.memory() - before < 8192, "took %d KiB" % (self.memory() - before))
        first = self.site.bytes("-r", "0-8388607", url)[2]
        pieces = b"".join(self.site.bytes("-r", "%d-%d" % (at, at + 1048575), url)[2]
                          for at in range(0, 8388608, 1048576))
        check(first == pieces, "the tables differ by the range they are asked in")
        path = self.lab.path("huge")
        with open(path, "wb") as out:
            out.write(first)
            out.truncate(size)
        done = subprocess.run(["fsck.fat", "-n", path], capture_output=True, text=True)
        check(done.returncode == 0, done.stdout + done.stderr)

    def memory(self):
        pid = self.lab.run(self.lab.server, "sh", "-c", "cat /proc/%d/task/*/children" %
                           self.site.tugboot.process.child.pid)[1].split()
        pid = pid[0] if pid else self.site.tugboot.process.child.pid
        with open("/proc/%s/status" % pid, encoding="ascii") as lines:
            return int(next(l for l in lines if l.startswith("VmRSS")).split()[1])


def add_folder(site, name, initrd_bytes):
    folder = os.path.join(site.lab.path("images"), name)
    os.makedirs(folder)
    shutil.copy(servers.INSTALLER_FILES + "/linux", folder)
    with open(os.path.join(folder, "initrd.gz"), "wb") as out:
        out.write(b"\x1f\x8b\x08\x00")
        out.truncate(initrd_bytes)


def main():
    lab_module.prepare()
    tap = Tap()
    for path in (SHIM, GRUB, servers.INSTALLER_FILES, "/usr/bin/mtype", "/usr/sbin/fsck.fat"):
        if not os.path.exists(path):
            print("1..0 # SKIP no %s here" % path)
            return 77
    top = tempfile.mkdtemp(prefix="tugboot-disk.")
    os.chmod(top, 0o755)
    hosts = [{"name": "node1", "mac": MAC, "boot": "debian-12"},
             {"name": "node2", "mac": MENU_MAC, "boot": "menu"},
             {"name": "node3", "mac": "52:54:00:00:00:03", "boot": "huge"}]
    site = Site(top, {"hosts": hosts, "bootdisk": {"size-max": 2048}})
    try:
        site.tugboot.add_image("debian-12", "peers")
        add_folder(site, "small", 1000000)
        add_folder(site, "huge", 1536 << 20)
        site.tugboot.start()
        cases = Cases(site)
        for name, function in [
                ("HEAD tells what GET gives", cases.head_is_get),
                ("fsck.fat and mtools read it", cases.others_read_it),
                ("ranges are slices of the whole", cases.ranges_are_slices),
                ("several ranges at once", cases.several_ranges),
                ("If-Range, If-Match, If-None-Match", cases.conditions),
                ("a download that was cut is resumed", cases.cut_and_resumed),
                ("six at once get the same", cases.many_at_once),
                ("a machine known by its address, and names", cases.by_address),
                ("the timeline tells of it", cases.timeline),
                ("a one-shot is used up by the whole disk", cases.one_shot),
                ("a menu too large for a disk gives a small one", cases.menu_by_size),
                ("by TFTP it is the same", cases.small_by_tftp),
                ("1.5 GiB takes no memory", cases.huge)]:
            tap.case(name, function)
    finally:
        site.lab.close()
        if tap.failed:
            print("# logs: " + top)
        else:
            shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

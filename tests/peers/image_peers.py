#!/usr/bin/env python3
"""What lies in an ISO or a disk image, as fetched from a running tugboot: the bytes that xorriso or
mtools put in come out whatever way they are asked for, an ISO that is dropped into the folder appears,
one that was cut is refused with a sentence.

    image_peers.py [PATH/TO/tugboot]

Makes a private network in namespaces (so it wants root); prints TAP.
"""
import email
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
from tap import Tap, check  # noqa: E402

BASE = "http://" + lab_module.SERVER


def read(path):
    with open(path, "rb") as data:
        return data.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    check(done.returncode == 0, "%s: %s%s" % (" ".join(words), done.stdout, done.stderr))
    return done.stdout


class Site:
    def __init__(self, folder):
        self.lab = lab_module.Lab(folder)
        program = sys.argv[1] if len(sys.argv) > 1 else None
        self.tugboot = servers.Tugboot(self.lab, "proxy", {}, program)
        self.client = self.lab.namespace("client")
        self.lab.cable(self.client, "eth0", "br0", lab_module.NETWORK + ".50", "52:54:00:00:00:01")

    def fetch(self, *words):
        """Status, headers and body of what curl gets."""
        mark = threading.get_ident()
        headers, path = self.lab.path("headers.%d" % mark), self.lab.path("body.%d" % mark)
        if os.path.exists(path):
            os.unlink(path)
        status, said = self.lab.run(
            self.client, "curl", "-sS", "--path-as-is", "--max-time", "120", "-D", headers, "-o",
            path, "-w", "%{http_code}", *words, seconds=130)
        check(status == 0, "curl %s: %d %s" % (" ".join(words), status, said))
        with open(headers, encoding="latin-1") as lines:
            parsed = email.message_from_string(lines.read().split("\n", 1)[1])
        return int(said[-3:]), parsed, read(path) if os.path.exists(path) else b""

    def tftp(self, name):
        path = self.lab.path("tftp")
        status, said = self.lab.run(self.client, "tftp", "-m", "binary", lab_module.SERVER, "-c",
                                    "get", name, path, seconds=120)
        check(status == 0 and "Error" not in said, "tftp %s: %s" % (name, said))
        return read(path)

    def wait_for(self, url, code, seconds=15):
        until = time.monotonic() + seconds
        while True:
            got = self.fetch("--head", url)[0]
            if got == code:
                return
            check(time.monotonic() < until, "%s still gives %d" % (url, got))
            time.sleep(0.2)


def make_tree(folder):
    """Files of an installer, and what names and sizes there may be."""
    picks = random.Random(815)
    files = {
        "boot/vmlinuz": read(servers.INSTALLER_FILES + "/linux"),
        "boot/initrd.gz": read(servers.INSTALLER_FILES + "/initrd.gz"),
        "pool/Main/Read Me (1) & \u00e4.txt": b"words\n",
        "pool/empty": b"",
        "pool/one": b"1",
        "pool/2048": picks.randbytes(2048),
        "pool/large.squashfs": picks.randbytes(5_000_003),
        "a/b/c/d/e/f/g/h/i/deep": b"deep\n",
    }
    for name, data in files.items():
        write(os.path.join(folder, name), data)
    return files


def make_iso(tree, path):
    run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-V", "PEERS", "-o", path, tree)


def make_disk(path, folder):
    """A FAT image with a file in pieces: it goes into the holes that others have left."""
    picks = random.Random(42)
    files = {"whole.bin": picks.randbytes(70_000), "in pieces.bin": picks.randbytes(600_000)}
    run("mformat", "-C", "-i", path, "-f", "1440", "::")
    for number in range(20):
        write(os.path.join(folder, "f%02d" % number), picks.randbytes(60_000))
        run("mcopy", "-i", path, os.path.join(folder, "f%02d" % number), "::f%02d" % number)
    for number in range(0, 20, 2):
        run("mdel", "-i", path, "::f%02d" % number)
    for name, data in files.items():
        write(os.path.join(folder, name), data)
        run("mcopy", "-i", path, os.path.join(folder, name), "::" + name)
    return files


def quoted(name):
    from urllib.parse import quote
    return quote(name)


class Cases:
    def __init__(self, site, top):
        self.site, self.top = site, top
        self.tree, self.iso = os.path.join(top, "tree"), os.path.join(top, "peers.iso")
        self.files = make_tree(self.tree)
        make_iso(self.tree, self.iso)
        self.images = site.lab.path("images")

    def url(self, name, image="peers"):
        return "%s/images/%s/%s" % (BASE, image, quoted(name))

    def dropped(self):
        check(self.site.fetch("--head", self.url("boot/vmlinuz"))[0] == 404, "it is there already")
        shutil.copy(self.iso, self.images)
        self.site.wait_for(self.url("boot/vmlinuz"), 200)
        self.site.tugboot.expect_event("on offer: images 1", 10)
        said = self.site.tugboot.tool("image", "list")
        check("peers" in said and "linux" in said, said)

    def slow_copy(self):
        """Written in two halves with a pause longer than a copy rests: nothing is told of it."""
        data, path = read(self.iso), os.path.join(self.images, "slow.iso")
        with open(path, "wb") as out:
            out.write(data[:30_000_000])
            out.flush()
            time.sleep(4)
            check(self.site.fetch("--head", self.url("boot/vmlinuz", "slow"))[0] == 404,
                  "half an ISO is on offer")
            out.write(data[30_000_000:])
        self.site.wait_for(self.url("boot/vmlinuz", "slow"), 200)
        check("slow is not on the menu" not in self.site.tugboot.events(), "it was refused")
        os.unlink(path)
        self.site.wait_for(self.url("boot/vmlinuz", "slow"), 404)

    def bytes_come_out(self):
        for name, data in self.files.items():
            code, headers, got = self.site.fetch(self.url(name))
            check(code == 200 and got == data, "%s: %d, %d bytes" % (name, code, len(got)))
            check(int(headers["Content-Length"]) == len(data), name)
            code, head, _ = self.site.fetch("--head", self.url(name))
            for field in ("Content-Length", "Content-Type", "ETag", "Last-Modified",
                          "Accept-Ranges"):
                check(head[field] and head[field] == headers[field], "%s: %s" % (name, field))
        tags = {self.site.fetch("--head", self.url(name))[1]["ETag"] for name in self.files}
        check(len(tags) == len(self.files), "two files have one tag")

    def by_tftp(self):
        for name in ("boot/vmlinuz", "pool/one", "pool/empty", "pool/2048", "POOL/LARGE.squashfs"):
            want = self.files.get(name, self.files["pool/large.squashfs"])
            check(self.site.tftp("images/peers/" + name) == want, name)

    def the_container(self):
        code, _, got = self.site.fetch(self.url("peers.iso"))
        check(code == 200 and got == read(self.iso), "%d, %d bytes" % (code, len(got)))

    def names_are_forgiven(self):
        for name in ("BOOT/VMLINUZ", "boot//vmlinuz", "boot/./vmlinuz", "\\boot\\vmlinuz"):
            code, _, got = self.site.fetch(BASE + "/images/Peers/" + name)
            check(code == 200 and got == self.files["boot/vmlinuz"], "%s: %d" % (name, code))
        for name in ("boot/gone", "boot/vmlinuz/x", "../../etc/passwd", "boot/%00"):
            code, _, _ = self.site.fetch(BASE + "/images/peers/" + name)
            check(code in (400, 403, 404), "%s: %d" % (name, code))

    def ranges(self, image="peers", name="pool/large.squashfs", data=None):
        data = data or self.files[name]
        url, size, picks = self.url(name, image), len(data), random.Random(4711)
        cuts = sorted([0, size] + [picks.randrange(size) for _ in range(8)])
        together = b""
        for first, end in zip(cuts, cuts[1:]):
            code, headers, got = self.site.fetch("-r", "%d-%d" % (first, end - 1), url)
            check(code == 206 and headers["Content-Range"] == "bytes %d-%d/%d" % (
                first, end - 1, size), "%d: %s" % (code, headers["Content-Range"]))
            together += got
        check(together == data, "the ranges together are not the whole")
        code, headers, got = self.site.fetch("-r", "0-99,%d-%d,-50" % (size // 2, size // 2 + 999),
                                             url)
        check(code == 206 and headers["Content-Type"].startswith("multipart/byteranges"), str(code))
        for part in (data[:100], data[size // 2:size // 2 + 1000], data[-50:]):
            check(part in got, "a part is missing")
        check(self.site.fetch("-r", "%d-" % size, url)[0] == 416, "behind the end is not 416")
        tag = self.site.fetch("--head", url)[1]["ETag"]
        for words, want, length in [
                (["-H", "If-Range: " + tag, "-r", "5-9"], 206, 5),
                (["-H", 'If-Range: "other"', "-r", "5-9"], 200, size),
                (["-H", "If-None-Match: " + tag], 304, 0),
                (["-H", 'If-Match: "other"'], 412, 0)]:
            code, _, got = self.site.fetch(*words, url)
            check((code, len(got)) == (want, length), "%s: %d, %d bytes" % (words, code, len(got)))

    def in_pieces(self):
        path = os.path.join(self.top, "floppy.img")
        files = make_disk(path, os.path.join(self.top, "disk-files"))
        shutil.copy(path, self.images)
        self.site.wait_for(self.url("whole.bin", "floppy"), 200)
        for name, data in files.items():
            code, _, got = self.site.fetch(self.url(name, "floppy"))
            check(code == 200 and got == data, "%s: %d, %d bytes" % (name, code, len(got)))
        check(self.site.tftp("images/floppy/in pieces.bin") == files["in pieces.bin"], "by TFTP")
        self.ranges("floppy", "in pieces.bin", files["in pieces.bin"])

    def pages(self):
        code, headers, got = self.site.fetch(BASE + "/images/peers/pool")
        check(code == 200 and headers["Content-Type"].startswith("text/html"), str(code))
        check(b'href="/images/peers/pool/Main/"' in got and b"large.squashfs</a> 5000003" in got,
              got.decode())
        _, _, got = self.site.fetch(BASE + "/images/peers/pool/Main/")
        check(b"Read%20Me%20%281%29%20%26%20%C3%A4.txt" in got and b"&amp;" in got, got.decode())
        check(b'href="/images/peers/boot/"' in self.site.fetch(BASE + "/images/peers/")[2], "top")

    def replaced(self):
        """Another ISO of the same name: its own bytes, and another tag."""
        tag = self.site.fetch("--head", self.url("pool/one"))[1]["ETag"]
        write(os.path.join(self.tree, "pool/one"), b"2")
        make_iso(self.tree, self.iso + ".new")
        shutil.copy(self.iso + ".new", os.path.join(self.images, ".peers.new"))
        os.rename(os.path.join(self.images, ".peers.new"), os.path.join(self.images, "peers.iso"))
        until = time.monotonic() + 15
        while self.site.fetch(self.url("pool/one"))[2] != b"2":
            check(time.monotonic() < until, "still the old bytes")
            time.sleep(0.2)
        check(self.site.fetch("--head", self.url("pool/one"))[1]["ETag"] != tag, "the same tag")
        self.files["pool/one"] = b"2"

    def cut(self):
        path = os.path.join(self.images, "cut.iso")
        write(path, read(self.iso)[:40_000_000])
        os.utime(path, (time.time() - 3600, time.time() - 3600))
        self.site.tugboot.expect_event("cut is not on the menu: cut.iso: the file ends at", 15)
        check(self.site.fetch("--head", self.url("boot/vmlinuz", "cut"))[0] == 404, "it is served")
        said = self.site.tugboot.tool("image", "show", "cut", check=False)
        check("the file ends at" in said, said)
        os.unlink(path)

    def added(self):
        said = self.site.tugboot.tool("image", "add", self.iso, "--name", "added", "--args",
                                      "quiet added=1")
        check("added is on the menu" in said, said)
        self.site.wait_for(self.url("boot/vmlinuz", "added"), 200)
        for name in ("boot/initrd.gz", "pool/2048"):
            check(self.site.fetch(self.url(name, "added"))[2] == self.files[name], name)
        # what is put beside it comes first
        write(os.path.join(self.images, "added", "pool", "2048"), b"mine")
        check(self.site.fetch(self.url("pool/2048", "added"))[2] == b"mine", "not the file beside")
        said = self.site.tugboot.tool("image", "show", "added")
        check("boot/vmlinuz" in said and "added=1" in said, said)
        self.site.tugboot.tool("image", "remove", "added")
        self.site.wait_for(self.url("boot/vmlinuz", "added"), 404)

    def script(self):
        _, _, got = self.site.fetch(BASE + "/boot.ipxe?mac=52:54:00:00:00:01&platform=efi"
                                    "&buildarch=x86_64&entry=peers")
        check(b"kernel http://%s/images/peers/boot/vmlinuz" % lab_module.SERVER.encode() in got,
              got.decode())

    def secure_boot(self):
        said = self.site.tugboot.tool("image", "list")
        line = next(l for l in said.splitlines() if l.startswith("peers "))
        check(line.split()[-1] == "shim", line)
        check("looked at 1 programs for Secure Boot" in self.site.tugboot.events(), "not inspected")

    def many_at_once(self):
        wrong, data = [], self.files["pool/large.squashfs"]

        def one(number):
            if self.site.fetch(self.url("pool/large.squashfs"))[2] != data:
                wrong.append(number)
        threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not wrong, "other bytes in %s" % wrong)


def main():
    lab_module.prepare()
    tap = Tap()
    for name in ("xorriso", "mformat", "tftp"):
        if not shutil.which(name):
            print("1..0 # SKIP no %s here" % name)
            return 77
    if not os.path.exists(servers.INSTALLER_FILES):
        print("1..0 # SKIP no %s here" % servers.INSTALLER_FILES)
        return 77
    top = tempfile.mkdtemp(prefix="tugboot-image.")
    os.chmod(top, 0o755)
    site = Site(top)
    try:
        cases = Cases(site, top)
        site.tugboot.start()
        for name, function in [
                ("an ISO that is dropped in appears", cases.dropped),
                ("every file comes out as it went in", cases.bytes_come_out),
                ("by TFTP as well", cases.by_tftp),
                ("the ISO itself", cases.the_container),
                ("names are forgiven, others refused", cases.names_are_forgiven),
                ("ranges and conditions", cases.ranges),
                ("files in pieces of a FAT image", cases.in_pieces),
                ("pages for people", cases.pages),
                ("the script boots out of it", cases.script),
                ("its kernel is inspected", cases.secure_boot),
                ("eight at once get the same", cases.many_at_once),
                ("another ISO in its place", cases.replaced),
                ("a slow copy is waited for", cases.slow_copy),
                ("a cut ISO is refused with a sentence", cases.cut),
                ("image add, show and remove", cases.added)]:
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

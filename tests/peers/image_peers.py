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
import re
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

# What a small ISO holds is a recipe's matter.
RECIPE = b"""title: A small one
match:
  - {file: casper/peers}
kernel: casper/vmlinuz
initrds: [casper/initrd]
slim: [casper, .disk]
arguments: "url=${slim}"
entries:
  - {}
"""

SHIM = "/usr/lib/shim/shimx64.efi.signed"
GRUB = "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"
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
        hosts = [{"name": "node1", "mac": "52:54:00:00:00:01", "boot": "peers"}]
        # Only that it is there counts here.
        write(self.lab.path("loaders/wimboot"), b"a program that starts Windows")
        settings = {"hosts": hosts, "loaders": [self.lab.path("loaders")]}
        self.tugboot = servers.Tugboot(self.lab, "proxy", settings, program)
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

    def wait_for(self, url, code, seconds=40):
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
        cuts = sorted({0, size} | {picks.randrange(size) for _ in range(8)})
        together = b""
        for first, end in zip(cuts, cuts[1:]):
            code, headers, got = self.site.fetch("-r", "%d-%d" % (first, end - 1), url)
            check(code == 206 and headers["Content-Range"] == "bytes %d-%d/%d" % (
                first, end - 1, size), "%d: %s" % (code, headers["Content-Range"]))
            together += got
        check(together == data, "the ranges together are not the whole")
        few, half = min(100, size // 8), size // 2
        code, headers, got = self.site.fetch(
            "-r", "0-%d,%d-%d,-%d" % (few - 1, half, half + few - 1, few), url)
        check(code == 206 and headers["Content-Type"].startswith("multipart/byteranges"), str(code))
        for part in (data[:few], data[half:half + few], data[-few:]):
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

    def drop(self, name, files, first=None):
        """Make an ISO of these files and wait until it is on offer; the ISO's bytes."""
        tree, iso = os.path.join(self.top, name), os.path.join(self.top, name + ".iso")
        for path, data in files.items():
            write(os.path.join(tree, path), data)
        make_iso(tree, iso)
        shutil.copy(iso, self.images)
        self.site.wait_for(self.url(first or next(iter(files)), name), 200)
        return read(iso)

    def archive(self):
        """Proxmox' initrd finds the ISO in itself: the second initrd is an archive with it."""
        iso = self.drop("pve", {
            "boot/linux26": self.files["boot/vmlinuz"], "boot/initrd.img": b"\x1f\x8b initrd",
            ".pve-cd-id.txt": b"1\n", ".cd-info": b"PRODUCT='pve'\nRELEASE='8.4'\n"})
        _, _, script = self.site.fetch(BASE + "/boot.ipxe?mac=52:54:00:00:00:01&platform=efi"
                                       "&buildarch=x86_64&entry=pve")
        check(b"/images/pve/pve.iso.cpio" in script, script.decode())
        code, headers, got = self.site.fetch(self.url("pve.iso.cpio", "pve"))
        check(code == 200 and int(headers["Content-Length"]) == len(got), str(code))
        path, folder = os.path.join(self.top, "pve.cpio"), os.path.join(self.top, "unpacked")
        write(path, got)
        os.makedirs(folder)
        run("bsdtar", "-xf", path, "-C", folder)
        check(os.listdir(folder) == ["proxmox.iso"], str(os.listdir(folder)))
        check(read(os.path.join(folder, "proxmox.iso")) == iso, "other bytes in the archive")
        self.ranges("pve", "pve.iso.cpio", got)
        check(self.site.tftp("images/pve/pve.iso.cpio") == got, "by TFTP")

    def edited(self):
        """ESXi's boot.cfg gets the image's address."""
        text = (b"bootstate=0\ntitle=Loading ESXi installer\nprefix=\nkernel=/b.b00\n"
                b"kernelopt=runweasel cdromBoot\nmodules=/s.v00 --- /t.v00\n")
        self.drop("esxi", {"mboot.c32": b"mboot", "boot.cfg": text, "b.b00": b"kernel", "s.v00": b"s",
                           "efi/boot/bootx64.efi": read("/usr/lib/ipxe/snponly.efi"), "t.v00": b"t"})
        code, headers, got = self.site.fetch(self.url("boot.cfg", "esxi"))
        want = (b"bootstate=0\ntitle=Loading ESXi installer\nprefix=http://%s/images/esxi\n"
                b"kernel=b.b00\nkernelopt=runweasel\nmodules=s.v00 --- t.v00\n"
                % lab_module.SERVER.encode())
        check(code == 200 and got == want, got.decode())
        check(int(headers["Content-Length"]) == len(want) and headers["ETag"], str(headers))
        self.ranges("esxi", "boot.cfg", got)
        check(self.site.tftp("images/esxi/boot.cfg") == want, "by TFTP")
        # One that cannot be changed is refused: as it lies there, it is written for a disc.
        self.drop("esxi2", {"mboot.c32": b"mboot", "boot.cfg": text + b"#" * 300_000, "b.b00": b"k",
                            "s.v00": b"s", "efi/boot/bootx64.efi": read("/usr/lib/ipxe/snponly.efi"),
                            "t.v00": b"t"}, first="b.b00")
        code, _, got = self.site.fetch(self.url("boot.cfg", "esxi2"))
        check(code == 500 and b"kernel" not in got, "%d %r" % (code, got[:60]))
        self.site.tugboot.expect_event("boot.cfg.*larger than a text that is changed on its way")

    def windows(self):
        """A medium as Microsoft makes them: all of it in the UDF tree, and a page of words in the other.
        The WIM comes out of it as it went in, and the machine's script hands it to wimboot."""
        tree, iso = os.path.join(self.top, "win"), os.path.join(self.top, "win11.iso")
        system = os.path.join(self.top, "system")
        write(os.path.join(system, "Windows/System32/ntoskrnl.exe"), os.urandom(300_000))
        write(os.path.join(system, "Windows/Boot/EFI/bootmgfw.efi"), read(SHIM))
        for name, data in {"bootmgr": b"bootmgr", "bootmgr.efi": read(SHIM), "setup.exe": b"MZ",
                           "boot/bcd": b"regf", "boot/boot.sdi": bytes(4096),
                           "efi/microsoft/boot/bcd": b"regf", "efi/boot/bootx64.efi": read(SHIM),
                           "readme.txt": b"This disc contains a \"UDF\" file system.\r\n"}.items():
            write(os.path.join(tree, name), data)
        os.makedirs(os.path.join(tree, "sources"))
        wim = os.path.join(tree, "sources/boot.wim")
        for number, name in enumerate(("Microsoft Windows PE (x64)", "Microsoft Windows Setup (x64)")):
            run("wimlib-imagex", "append" if number else "capture", system, wim, name, "--no-acls",
                "--image-property", "WINDOWS/ARCH=9", "--image-property", "WINDOWS/VERSION/MAJOR=10",
                "--image-property", "WINDOWS/VERSION/BUILD=26100",
                *(["--boot"] if number else ["--compress=LZX"]))
        shutil.copy(wim, os.path.join(tree, "sources/install.wim"))
        hidden = [word for name in os.listdir(tree) if name != "readme.txt"
                  for word in ("-hide", os.path.join(tree, name))]
        run("genisoimage", "-quiet", "-udf", "-V", "CCCOMA_X64FRE", *hidden, "-o", iso, tree)
        names = run("isoinfo", "-f", "-i", iso)
        check("BOOT.WIM" not in names.upper(), "the other tree has it, too: " + names)
        shutil.copy(iso, self.images)
        self.site.wait_for(self.url("sources/boot.wim", "win11"), 200)
        for name in ("sources/boot.wim", "SOURCES/Install.WIM", "bootmgr", "boot/boot.sdi"):
            code, _, got = self.site.fetch(self.url(name, "win11"))
            on_disk = os.path.join(tree, name.lower())
            check(code == 200 and got == read(on_disk), "%s: %d, %d bytes" % (name, code, len(got)))
        self.ranges("win11", "sources/boot.wim", read(wim))
        listed = self.site.tugboot.tool("image", "list")
        check("Microsoft Windows 24H2 (x64)" in listed, listed)
        asked = (BASE + "/boot.ipxe?mac=52:54:00:00:00:01&platform=%s&buildarch=x86_64&entry=win11")
        for platform in ("efi", "pcbios"):
            script = self.site.fetch(asked % platform)[2].decode()
            check("kernel --name wimboot %s/wimboot" % BASE in script
                  and "%s/images/win11/sources/boot.wim boot.wim" % BASE in script, script)
        # What is made for the machine is behind its token, and nowhere else.
        found = re.search(r"%s(/answers/[0-9a-f]{32}/startnet\.cmd)" % BASE, script)
        check(found, "no token for startnet.cmd:\n" + script)
        code, _, got = self.site.fetch(BASE + found[1])
        check(code == 200 and b"this machine is node1" in got, "%d %r" % (code, got[:80]))
        for path in ("/windows/win11/startnet.cmd", "/images/win11/startnet.cmd",
                     "/answers/%s/startnet.cmd" % ("0" * 32)):
            check(self.site.fetch(BASE + path)[0] == 404, path)

    def smaller(self):
        """A disc with a part of another's files, read by others."""
        picks = random.Random(7)
        files = {"casper/peers": b"x", "casper/vmlinuz": self.files["boot/vmlinuz"],
                 "casper/initrd": b"\x1f\x8b initrd", "casper/a.squashfs": picks.randbytes(3_000_001),
                 ".disk/info": b"Peers 1\n", "casper/deep/er/file": picks.randbytes(2048),
                 "casper/nothing": b"", "pool/large": picks.randbytes(6_000_000)}
        whole = self.drop("small", files)
        code, _, got = self.site.fetch(self.url("slim.iso", "small"))
        check(code == 200 and len(got) % 2048 == 0 and len(got) < len(whole) - 5_000_000,
              "%d, %d bytes" % (code, len(got)))
        path, folder = os.path.join(self.top, "slim.iso"), os.path.join(self.top, "slim")
        write(path, got)
        os.makedirs(folder)
        run("bsdtar", "-xf", path, "-C", folder)
        want = {name: data for name, data in files.items() if not name.startswith("pool/")}
        for name, data in want.items():
            check(read(os.path.join(folder, name)) == data, name)
        check(not os.path.exists(os.path.join(folder, "pool")), "the pool is there")
        said = run("xorriso", "-indev", path, "-find", "/", "-type", "f", "--")
        for name in want:
            check("'/%s'" % name in said, "xorriso does not see %s:\n%s" % (name, said))
        said = run("isoinfo", "-R", "-f", "-i", path)
        check("/casper/deep/er/file" in said, said)
        done = subprocess.run(["xorriso", "-indev", path, "-osirrox", "on", "-extract",
                               "/casper/a.squashfs", path + ".part"], capture_output=True,
                              text=True)
        check(read(path + ".part") == files["casper/a.squashfs"], done.stderr)
        self.ranges("small", "slim.iso", got)
        _, _, script = self.site.fetch(BASE + "/boot.ipxe?mac=52:54:00:00:00:01&platform=efi"
                                       "&buildarch=x86_64&entry=small")
        check(b"url=http://%s/images/small/slim.iso" % lab_module.SERVER.encode() in script,
              script.decode())

    def script(self):
        _, _, got = self.site.fetch(BASE + "/boot.ipxe?mac=52:54:00:00:00:01&platform=efi"
                                    "&buildarch=x86_64&entry=peers")
        check(b"kernel http://%s/images/peers/boot/vmlinuz" % lab_module.SERVER.encode() in got,
              got.decode())

    def boot_disk(self):
        """The disk for UEFI HTTP Boot has kernel and initrd out of the ISO."""
        for path in (SHIM, GRUB):
            if not os.path.exists(path):
                raise Skip("no %s here" % path)
        code, _, got = self.site.fetch(BASE + "/disk/52-54-00-00-00-01.img")
        check(code == 200, "gave %d" % code)
        path = os.path.join(self.top, "disk.img")
        write(path, got)
        run("fsck.fat", "-n", path)
        for name in ("boot/vmlinuz", "boot/initrd.gz"):
            done = subprocess.run(["mtype", "-i", path, "::images/peers/" + name],
                                  capture_output=True)
            check(done.stdout == self.files[name], name)

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
    for name in ("xorriso", "isoinfo", "genisoimage", "wimlib-imagex", "bsdtar", "mformat", "tftp"):
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
        write(os.path.join(site.lab.path("state"), "recipes", "peers.yaml"), RECIPE)
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
                ("an ISO as a member of an archive", cases.archive),
                ("a text that is changed on its way", cases.edited),
                ("Windows out of its own ISO", cases.windows),
                ("a smaller disc of another's files", cases.smaller),
                ("the script boots out of it", cases.script),
                ("a boot disk is made of it", cases.boot_disk),
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

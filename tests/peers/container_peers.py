#!/usr/bin/env python3
"""The index of discs made by xorriso, genisoimage and mkfs.fat beside what bsdtar, xorriso, isoinfo
and mtools say is on them: every path, every byte.

    container_peers.py [PATH/TO/list_container]

Prints TAP.
"""
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, Tap, check

HERE = os.path.dirname(os.path.abspath(__file__))
LISTER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    HERE, "../../build/tests/peers/list_container")
PICKS = random.Random(4711)
MEBI = 1 << 20


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, check=False, **options)
    check(done.returncode == 0, "%s: %s" % (
        " ".join(words), (done.stdout + done.stderr).decode(errors="replace")[-2000:]))
    return done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip("no %s here" % program)


class Index:
    """What list_container says of a file."""

    def __init__(self, path):
        self.image = path
        done = subprocess.run([LISTER, path], capture_output=True, check=False)
        self.refused = done.stdout.decode().strip() if done.returncode == 1 else None
        check(done.returncode in (0, 1), "list_container: %d %s" % (
            done.returncode, done.stderr.decode(errors="replace")[-2000:]))
        facts = {} if self.refused else json.loads(done.stdout.decode("utf-8", "surrogateescape"))
        self.facts = facts
        self.entries = {entry["path"]: entry for entry in facts.get("entries", [])}

    def files(self):
        return {path for path, entry in self.entries.items() if not entry["folder"]}

    def folders(self):
        return {path for path, entry in self.entries.items() if entry["folder"]}

    def outside(self, names):
        """Without what lies below containers inside, and without boot images."""
        inner = [path + "/" for path in self.files()]
        return {name for name in names if not name.startswith("[boot]") and
                not any(name.startswith(prefix) for prefix in inner)}

    def read(self, path):
        data = b""
        with open(self.image, "rb") as image:
            for offset, length in self.entries[path]["extents"]:
                if offset < 0:
                    data += bytes(length)
                    continue
                image.seek(offset)
                data += image.read(length)
        check(len(data) == self.entries[path]["size"], "%s is shorter than it says" % path)
        return data


def write(folder, path, data, when=None):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    if when:
        os.utime(path, (when, when))


def make_tree(folder, links=True, beyond=True):
    """Names of every kind, sizes at the edges of a sector."""
    for size in (0, 1, 2047, 2048, 2049, 70000):
        write(folder, "sizes/%d.bin" % size, PICKS.randbytes(size), 1600000000 + size)
    write(folder, "README.TXT", b"read me\n")
    write(folder, "A name with blanks.and.dots.txt", b"blanks")
    write(folder, "Größe/日本語/ü.txt", b"umlauts and more")
    write(folder, "x" * 60 + ".long", b"long")
    write(folder, "a/b/c/d/e/f/g/h/i/j/k/deep.txt", b"deep")
    for number in range(300):
        write(folder, "many/file%03d.cfg" % number, b"%d" % number)
    os.makedirs(os.path.join(folder, "empty"), exist_ok=True)
    if links:
        if beyond:
            write(folder, "😀", b"not in UCS-2")
        os.symlink("README.TXT", os.path.join(folder, "link"))
        os.symlink("../sizes/1.bin", os.path.join(folder, "many/up"))
        os.symlink("/a/b/c", os.path.join(folder, "sizes/top"))
        os.symlink("nowhere/at/all", os.path.join(folder, "dead"))
        os.symlink(".", os.path.join(folder, "self"))
        os.symlink("x" * 60 + ".long", os.path.join(folder, "l" * 200))
        os.symlink("a/" + "./" * 120 + "b", os.path.join(folder, "far"))


def tree_of(folder):
    """Paths of files and folders as they lie in a folder, links not followed."""
    files, folders = {}, set()
    for here, names, leaves in os.walk(folder):
        for name in names + leaves:
            path = os.path.join(here, name)
            inside = os.path.relpath(path, folder)
            if os.path.islink(path):
                continue
            if os.path.isdir(path):
                folders.add(inside)
            else:
                with open(path, "rb") as file:
                    files[inside] = file.read()
    return files, folders


def compare(index, folder, fold=lambda name: name):
    """The index has exactly what the folder has; links are looked at by themselves."""
    check(index.refused is None, "refused: %s" % index.refused)
    files, folders = tree_of(folder)
    made = {path for path in index.entries if is_below_link(folder, path)}
    got = {fold(path) for path in index.outside(index.files()) - made}
    want = {fold(path) for path in files}
    check(got == want, "files differ: %s" % sorted(got ^ want)[:10])
    got = {fold(path) for path in index.outside(index.folders()) - made} - {"rr_moved"}
    want = {fold(path) for path in folders}
    check(got == want, "folders differ: %s" % sorted(got ^ want)[:10])
    back = {fold(path): path for path in index.files()}
    for path, data in files.items():
        check(index.read(back[fold(path)]) == data, "%s has other bytes" % path)


def is_below_link(folder, path):
    parts = path.split("/")
    return any(os.path.islink(os.path.join(folder, *parts[:n])) for n in range(1, len(parts) + 1))


def bsdtar_names(image):
    """Links as {name: target}, and the names of all others."""
    out = run("bsdtar", "-tvf", image, env=dict(os.environ, LC_ALL="C.UTF-8")).decode()
    links, names = {}, set()
    for line in out.splitlines():
        name = re.split(r"\s+", line, maxsplit=8)[8]
        if line.startswith("l"):
            name, target = name.split(" -> ")
            links[name] = target
        elif name != ".":
            names.add(name.rstrip("/"))
    return links, names


class Cases:
    def __init__(self, top):
        self.top = top

    def path(self, name):
        return os.path.join(self.top, name)

    def tree(self, name="tree", links=True):
        folder = self.path(name)
        if not os.path.exists(folder):
            make_tree(folder, links)
        return folder

    def rock_ridge(self):
        need("xorriso", "bsdtar")
        folder, image = self.tree(), self.path("rr.iso")
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-V", "MY_DISC", "-A", "AN APPLICATION",
            "-o", image, folder)
        index = Index(image)
        check(index.facts["tree"] == "rock ridge", index.facts["tree"])
        check(index.facts["volume"] == "MY_DISC", index.facts["volume"])
        check(index.facts["system"] == "AN APPLICATION", index.facts["system"])
        compare(index, folder)
        check(index.entries["sizes/2048.bin"]["modified"] == 1600002048, "another time")
        _, names = bsdtar_names(image)
        own = {path for path in index.outside(index.entries) if not is_below_link(folder, path)}
        check(own == names, "bsdtar has others: %s" % sorted(own ^ names)[:10])

    def links(self):
        """What every link of a tree leads to, as the file system has it."""
        folder, image = self.tree(), self.path("rr.iso")
        index = Index(image)
        check(index.read("link") == b"read me\n", "link")
        check(index.read("many/up") == index.read("sizes/1.bin"), "many/up")
        check(index.read("sizes/top/d/e/f/g/h/i/j/k/deep.txt") == b"deep", "sizes/top")
        check(index.read("l" * 200) == b"long", "a name of 200 bytes")
        check(index.read("far/c/d/e/f/g/h/i/j/k/deep.txt") == b"deep", "a long way")
        check(index.read("self/README.TXT") == b"read me\n", "self")
        check("dead" not in index.entries, "a dead link is listed")
        check("leads to nothing" in index.facts["note"], index.facts["note"])
        check(index.entries["link"]["extents"] == index.entries["README.TXT"]["extents"],
              "the link has other extents")
        del folder

    def relocated(self):
        need("genisoimage")
        folder, image = self.tree(), self.path("deep.iso")
        run("genisoimage", "-quiet", "-R", "-o", image, folder)
        index = Index(image)
        check("a/b/c/d/e/f/g/h/i/j/k/deep.txt" in index.entries, "what was relocated is lost")
        compare(index, folder)

    def joliet(self):
        need("xorriso")
        folder, image = self.tree("plain tree", links=False), self.path("joliet.iso")
        run("xorriso", "-as", "mkisofs", "-quiet", "--norock", "-J", "-joliet-long", "-o", image,
            folder)
        index = Index(image)
        check(index.facts["tree"] == "joliet", index.facts["tree"])
        compare(index, folder)

    def level_1(self):
        need("genisoimage", "isoinfo")
        folder, image = self.path("short"), self.path("level1.iso")
        for name in ("BOOT/KERNEL.BIN", "BOOT/GRUB/CORE.IMG", "README", "A.B"):
            write(folder, name, name.encode() * 1000)
        run("genisoimage", "-quiet", "-iso-level", "1", "-o", image, folder)
        index = Index(image)
        check(index.facts["tree"] == "iso9660", index.facts["tree"])
        check("boot/grub/core.img" in index.entries and "readme" in index.entries and
              "a.b" in index.entries, str(sorted(index.entries)))
        compare(index, folder, str.lower)
        listed = run("isoinfo", "-f", "-i", image).decode().split("\n")
        names = {re.sub(r"\.?;1$", "", name)[1:].lower() for name in listed if name}
        check(names == set(index.entries), "isoinfo has others: %s" % (names ^ set(index.entries)))

    def level_4(self):
        need("genisoimage")
        folder, image = self.path("mixed"), self.path("level4.iso")
        for name in ("Boot/Vmlinuz-6.1.0-18-amd64", "Boot/initrd.img-6.1.0-18-amd64", "noEnding"):
            write(folder, name, name.encode() * 100)
        run("genisoimage", "-quiet", "-iso-level", "4", "-o", image, folder)
        compare(Index(image), folder)

    def sparse(self, image, *words):
        """What the program writes, with holes instead of zeros."""
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
            with open(image, "wb") as out:
                while True:
                    block = writer.stdout.read(MEBI)
                    if not block:
                        break
                    if block.count(0) == len(block):
                        out.seek(len(block), os.SEEK_CUR)
                    else:
                        out.write(block)
                out.truncate(out.tell())
        check(writer.returncode == 0, "%s failed" % words[0])

    def huge_file(self, tree, *words):
        """A file above 4 GiB lies in several extents; it is sparse, and so stays the image."""
        need(words[0])
        folder, image = self.path("large"), self.path("large.iso")
        write(folder, "before", b"before")
        with open(os.path.join(folder, "huge.wim"), "wb") as file:
            file.write(b"the beginning")
            file.seek((5 << 30) - 3)
            file.write(b"end")
        write(folder, "zz", b"behind")
        self.sparse(image, *words, folder)
        index = Index(image)
        check(index.refused is None and index.facts["tree"] == tree,
              "%s %s" % (index.refused, index.facts.get("tree")))
        huge = index.entries["huge.wim"]
        check(huge["size"] == 5 << 30, "%d bytes" % huge["size"])
        check(len(huge["extents"]) == 1, "its runs are not joined: %s" % huge["extents"])
        with open(image, "rb") as file:
            file.seek(huge["extents"][0][0])
            check(file.read(13) == b"the beginning", "another beginning")
            file.seek(huge["extents"][0][0] + (5 << 30) - 3)
            check(file.read(3) == b"end", "another end")
        check(index.read("before") == b"before" and index.read("zz") == b"behind", "neighbours")
        check(index.facts["bytes"] < MEBI, "%d bytes were read" % index.facts["bytes"])
        os.unlink(image)

    def efi_image(self, name="efi.img", kib=1440):
        image = self.path(name)
        if not os.path.exists(image):
            run("mkfs.fat", "-C", "-n", "EFILABEL", image, str(kib))
            if not os.path.exists(self.path("boot.efi")):
                write(self.top, "boot.efi", b"MZ" + PICKS.randbytes(50000))
            run("mmd", "-i", image, "::EFI", "::EFI/BOOT")
            run("mcopy", "-i", image, self.path("boot.efi"), "::EFI/BOOT/BOOTX64.EFI")
        return image

    def el_torito(self):
        need("xorriso", "mkfs.fat", "mcopy")
        folder, image = self.path("bootable"), self.path("torito.iso")
        write(folder, "isolinux/isolinux.bin", PICKS.randbytes(30000))
        write(folder, "casper/vmlinuz", b"kernel")
        os.makedirs(os.path.join(folder, "boot/grub"), exist_ok=True)
        shutil.copy(self.efi_image(), os.path.join(folder, "boot/grub/efi.img"))
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-b", "isolinux/isolinux.bin", "-c",
            "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-eltorito-alt-boot", "-e",
            "boot/grub/efi.img", "-no-emul-boot", "-o", image, folder)
        index = Index(image)
        with open(self.path("boot.efi"), "rb") as file:
            program = file.read()
        for path in ("[boot]/efi.img", "boot/grub/efi.img"):
            check(index.read(path + "/EFI/BOOT/BOOTX64.EFI") == program, path)
            with open(self.efi_image(), "rb") as file:
                check(index.read(path) == file.read(), "%s is another" % path)
        check(index.entries["[boot]/bios.img"]["size"] == 30000, "the BIOS image's length")
        check(index.facts["note"] == "", index.facts["note"])

    def hidden_boot_image(self):
        """An EFI image that no file of the tree is: its length is told by the FAT in it."""
        need("xorriso", "mkfs.fat", "mcopy")
        folder, image = self.tree("plain tree", links=False), self.path("appended.iso")
        efi = self.efi_image("large-efi.img", 40960)
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-append_partition", "2", "0xef", efi, "-e",
            "--interval:appended_partition_2:all::", "-no-emul-boot", "-o", image, folder)
        index = Index(image)
        check(index.entries["[boot]/efi.img"]["size"] == 40960 * 1024,
              "%d bytes" % index.entries["[boot]/efi.img"]["size"])
        with open(efi, "rb") as file:
            check(index.read("[boot]/efi.img") == file.read(), "another image")
        with open(self.path("boot.efi"), "rb") as file:
            check(index.read("[boot]/efi.img/EFI/BOOT/BOOTX64.EFI") == file.read(), "its program")

    def nested(self):
        need("xorriso")
        inner, outer = self.path("inner"), self.path("outer")
        write(inner, "deep/kernel", b"kernel inside")
        shutil.copytree(self.path("bootable"), os.path.join(inner, "boot"), dirs_exist_ok=True)
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", self.path("inner.iso"), inner)
        os.makedirs(outer, exist_ok=True)
        shutil.copy(self.path("inner.iso"), outer)
        write(outer, "broken.iso", b"\0" * 32768 + b"\1CD001\1" + b"\xff" * 30000)
        write(outer, "initrd.img", PICKS.randbytes(100000))
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", self.path("outer.iso"), outer)
        index = Index(self.path("outer.iso"))
        check(index.read("inner.iso/deep/kernel") == b"kernel inside", "the file inside")
        with open(self.path("boot.efi"), "rb") as file:
            check(index.read("inner.iso/boot/boot/grub/efi.img/EFI/BOOT/BOOTX64.EFI") ==
                  file.read(), "two levels down")
        check(not any(path.startswith("initrd.img/") for path in index.entries), "initrd opened")

    def udf(self):
        need("genisoimage", "bsdtar")
        folder, image = self.tree("plain tree", links=False), self.path("udf.iso")
        run("genisoimage", "-quiet", "-udf", "-V", "UDF_LABEL", "-hide", "*", "-iso-level", "3", "-D",
            "-o", image, folder)
        index = Index(image)
        check(index.facts["tree"] == "udf", "%s %s" % (index.facts["tree"], index.facts["note"]))
        check(index.facts["volume"] == "UDF_LABEL", index.facts["volume"])
        compare(index, folder)
        check(index.entries["sizes/2048.bin"]["modified"] == 1600002048,
              "another time: %d" % index.entries["sizes/2048.bin"]["modified"])

    def udf_beside_rock_ridge(self):
        need("genisoimage")
        folder, image = self.path("linked tree"), self.path("both.iso")
        make_tree(folder, beyond=False)
        run("genisoimage", "-quiet", "-udf", "-R", "-o", image, folder)
        index = Index(image)
        check(index.facts["tree"] == "rock ridge", index.facts["tree"])
        compare(index, folder)

    def udf_alone(self):
        """mkfs.udf makes a volume without ISO 9660: empty, but sound."""
        need("mkfs.udf")
        image = self.path("alone.udf")
        with open(image, "wb") as file:
            file.truncate(16 * MEBI)
        run("mkfs.udf", "--media-type=hd", "--blocksize=2048", "--udfrev=1.02", "-l", "ALONE",
            image)
        index = Index(image)
        check(index.refused is None and index.facts["tree"] == "udf", str(index.refused))
        check(index.facts["volume"] == "ALONE", index.facts["volume"])

    def fat(self, kind, kib):
        need("mkfs.fat", "mcopy", "mdir")
        folder, image = self.tree("plain tree", links=False), self.path("fat%s.img" % kind)
        run("mkfs.fat", "-F", kind, "-C", "-n", "FATLABEL", image, str(kib))
        env = dict(os.environ, LC_ALL="C.UTF-8")
        # every second of many files is deleted before a large one comes: that one is fragmented
        for name in sorted(os.listdir(folder)):
            run("mcopy", "-s", "-Q", "-m", "-i", image, os.path.join(folder, name), "::", env=env)
        run("mdel", "-i", image, *["::many/file%03d.cfg" % n for n in range(0, 300, 2)])
        # until nothing is left but the gaps
        pieces = PICKS.randbytes(60 * 512)
        write(self.top, "pieces.bin", pieces)
        self.fill(image, env)
        run("mdel", "-i", image, *["::many/file%03d.cfg" % n for n in range(1, 200, 4)])
        run("mcopy", "-i", image, self.path("pieces.bin"), "::Pieces of a file.bin", env=env)
        index = Index(image)
        check(index.refused is None, str(index.refused))
        check(index.facts["tree"] == "fat" and index.facts["volume"] == "FATLABEL",
              str(index.facts["volume"]))
        check(index.read("Pieces of a file.bin") == pieces, "the file in pieces")
        check(len(index.entries["Pieces of a file.bin"]["extents"]) > 1, "it is in one piece")
        listed = run("mdir", "-/", "-a", "-b", "-i", image, "::", env=env).decode()
        names = {line[3:].rstrip("/") for line in listed.splitlines() if line.startswith("::/")}
        names = {name.lstrip("/") for name in names}
        check(names == set(index.entries), "mdir has others: %s" %
              sorted(names ^ set(index.entries))[:10])
        for path in index.files():
            if path != "filler":
                check(index.read(path) == run("mtype", "-i", image, "::" + path, env=env),
                      "%s has other bytes" % path)

    def fill(self, image, env):
        free = re.search(r"([\d ]+) bytes free", run("mdir", "-i", image, "::", env=env).decode())
        free = int(free[1].replace(" ", ""))
        with open(self.path("filler"), "wb") as file:
            file.truncate(max(free - 40 * 512, 0))
        run("mcopy", "-i", image, self.path("filler"), "::filler", env=env)

    def like_windows(self):
        """UDF has everything, ISO 9660 a readme alone."""
        need("genisoimage")
        folder, image = self.path("setup"), self.path("windows.iso")
        for name in ("bootmgr", "bootmgr.efi", "sources/boot.wim", "efi/boot/bootx64.efi",
                     "boot/etfsboot.com"):
            write(folder, name, name.encode() * 300)
        write(folder, "README.TXT", b"This disc wants UDF.")
        run("genisoimage", "-quiet", "-udf", "-iso-level", "2", "-V", "CCCOMA_X64FRE_EN-US_DV9",
            "-hide", "b*", "-hide", "sources", "-hide", "efi", "-b", "boot/etfsboot.com",
            "-no-emul-boot", "-boot-load-size", "8", "-hide", "boot.cat", "-o", image, folder)
        index = Index(image)
        check(index.facts["tree"] == "udf", index.facts["tree"])
        check(index.facts["volume"] == "CCCOMA_X64FRE_EN-US_DV9", index.facts["volume"])
        check(index.read("sources/boot.wim") == b"sources/boot.wim" * 300, "boot.wim")
        check(index.read("[boot]/bios.img") == index.read("boot/etfsboot.com"), "the boot image")
        with open(image, "r+b") as file:
            file.truncate(os.path.getsize(image) - 320 * 1024)
        check("was cut short" in str(Index(image).refused), "cut: %s" % Index(image).refused)

    def partitions(self, kind):
        """A disk image: the FAT file system of its second partition."""
        need("sfdisk", "mformat", "mcopy")
        image, part = self.path("disk-%s.img" % kind), self.efi_image()
        with open(image, "wb") as file:
            file.truncate(20 * MEBI)
        table = "label: %s\nstart=2048, size=2048, type=%s\nstart=8192, size=20480, type=%s\n" % (
            kind, *{"gpt": ("L", "U"), "dos": ("83", "ef")}[kind])
        run("sfdisk", "-q", image, input=table.encode())
        run("mformat", "-i", image + "@@4M", "-v", "ESP", "-T", "20480", "::")
        run("mcopy", "-i", image + "@@4M", part, self.path("boot.efi"), "::")
        index = Index(image)
        check(index.refused is None and index.facts["tree"] == "fat", str(index.refused))
        check(index.read("[part2]/boot.efi") == index.read("[part2]/efi.img/EFI/BOOT/BOOTX64.EFI"),
              "the file of the partition, and that of the image in it")
        check(index.folders() == {"[part2]", "[part2]/efi.img/EFI", "[part2]/efi.img/EFI/BOOT"},
              str(index.folders()))
        with open(image, "r+b") as file:
            file.truncate(10 * MEBI)
        check("was cut short" in Index(image).refused, "cut: %s" % Index(image).refused)

    def many_names(self):
        """20,000 files, of which nothing is read but the folders, in large pieces."""
        need("xorriso")
        folder, image = self.path("crowd"), self.path("crowd.iso")
        for number in range(20000):
            write(folder, "pool/%03d/package_%d.deb" % (number % 200, number), b"%d" % number)
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-o", image, folder)
        index = Index(image)
        check(len(index.files()) == 20000, "%d files" % len(index.files()))
        check(index.read("pool/007/package_1207.deb") == b"1207", "one of them")
        check(index.facts["bytes"] < os.path.getsize(image) // 4 and index.facts["reads"] < 300,
              "%d reads of %d bytes" % (index.facts["reads"], index.facts["bytes"]))

    def packaged(self):
        """Discs that packages here have."""
        found = glob.glob("/usr/lib/ipxe/*.iso") + glob.glob("/usr/lib/memtest86+/*.iso")
        if not found:
            raise Skip("no package with a disc here")
        for image in found:
            index = Index(image)
            check(index.refused is None, "%s: %s" % (image, index.refused))
            _, names = bsdtar_names(image)
            own = {name.lower() for name in index.outside(index.entries)}
            check(own == {name.lower() for name in names}, "%s: %s" % (image, own ^ names))
            for path in index.outside(index.files()):
                check(index.read(path) == run("bsdtar", "-xOf", image, path) or
                      index.facts["tree"] == "iso9660", "%s in %s" % (path, image))
            check(any(path.startswith("[boot]/") for path in index.files()), "no boot images")

    def cut(self):
        """Wherever it ends: refused, with both lengths, or all of its files are there."""
        need("xorriso")
        image, copy = self.path("torito.iso"), self.path("cut.iso")
        with open(image, "rb") as file:
            whole = file.read()
        names = Index(image).outside(Index(image).files())
        refused = 0
        for length in sorted({PICKS.randrange(40000, len(whole)) for _ in range(25)} |
                             {len(whole) - 1, len(whole) - 307200}):
            with open(copy, "wb") as file:
                file.write(whole[:length])
            index = Index(copy)
            if index.refused is None:
                check(index.outside(index.files()) == names, "cut to %d: half of it" % length)
                continue
            refused += 1
            check("the download was cut short" in index.refused, index.refused)
        check(refused > 10, "only %d of them are refused" % refused)

    def others(self):
        image = self.path("other")
        for data in (b"", b"MZ" + bytes(5000), PICKS.randbytes(100000), bytes(70000)):
            with open(image, "wb") as file:
                file.write(data)
            index = Index(image)
            check(index.refused == "it is no ISO 9660, UDF or FAT image, and no disk with FAT in it",
                  str(index.refused))

    def flips(self):
        """Bytes of the descriptors and folders are others: listed or refused, never broken."""
        copy = self.path("flip.iso")
        for image in ("rr.iso", "udf.iso", "deep.iso", "fat12.img", "torito.iso"):
            with open(self.path(image), "rb") as file:
                whole = bytearray(file.read())
            for _ in range(12):
                data = bytearray(whole)
                for _ in range(4):
                    at = PICKS.randrange(0 if image.startswith("fat") else 32768,
                                         min(len(data), 900000))
                    data[at] = PICKS.randrange(256)
                with open(copy, "wb") as file:
                    file.write(data)
                Index(copy)


def main():
    if not os.path.exists(LISTER):
        print("1..0 # SKIP no %s: build first" % LISTER)
        return 77
    tap = Tap()
    top = tempfile.mkdtemp(prefix="tugboot-container.")
    try:
        cases = Cases(top)
        for name, function, *words in [
                ("Rock Ridge is what bsdtar lists", cases.rock_ridge),
                ("symbolic links lead to where they should", cases.links),
                ("deep folders that were moved are where they belong", cases.relocated),
                ("Joliet alone", cases.joliet),
                ("ISO 9660 level 1 is what isoinfo lists", cases.level_1),
                ("ISO 9660 level 4 keeps its names", cases.level_4),
                ("a file of 5 GiB, and nothing is read of it", cases.huge_file, "rock ridge",
                 "xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-R", "-o", "-"),
                ("a file of 5 GiB on UDF", cases.huge_file, "udf",
                 "genisoimage", "-quiet", "-udf", "-allow-limited-size", "-iso-level", "3"),
                ("El Torito for BIOS and EFI", cases.el_torito),
                ("an EFI image that is no file", cases.hidden_boot_image),
                ("an ISO in an ISO, an EFI image in that", cases.nested),
                ("UDF where ISO 9660 has nothing", cases.udf),
                ("a disc like those of Windows", cases.like_windows),
                ("Rock Ridge where UDF has the same", cases.udf_beside_rock_ridge),
                ("UDF without ISO 9660", cases.udf_alone),
                ("FAT12 is what mdir lists", cases.fat, "12", 1440),
                ("FAT16 is what mdir lists", cases.fat, "16", 20000),
                ("FAT32 is what mdir lists", cases.fat, "32", 40000),
                ("a disk with an MBR", cases.partitions, "dos"),
                ("a disk with a GPT", cases.partitions, "gpt"),
                ("20,000 files cost their folders", cases.many_names),
                ("discs of other packages", cases.packaged),
                ("an image that was cut is refused", cases.cut),
                ("what is no container is said to be none", cases.others),
                ("damaged copies break nothing", cases.flips)]:
            tap.case(name, function, *words)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""`tugboot inspect` beside wimlib-imagex: WIMs in every packing, split, exported, damaged and cut, and
what is said of their images and of the boot managers inside.

    wim_peers.py [PATH/TO/tugboot] [SEED]

Prints TAP.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from tap import Tap, check

HERE = os.path.dirname(os.path.abspath(__file__))
TUGBOOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../../build/tugboot")
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
SIGNED = "/usr/lib/shim/shimx64.efi.signed"
OTHER = "/usr/lib/ipxe/ipxe.efi"
NEW = "Windows/Boot/EFI_EX/bootmgfw_EX.efi"
OLD = "Windows/Boot/EFI/bootmgfw.efi"
BIOS = "Windows/Boot/PXE/bootmgr.exe"
DAMAGES = 60
# Name, what wimlib-imagex capture is told, the packing.
PACKINGS = [
    ("stored", ["--compress=none"], "none"),
    ("xpress", ["--compress=XPRESS"], "XPRESS"),
    ("xpress-small-blocks", ["--compress=XPRESS", "--chunk-size=4K"], "XPRESS"),
    ("lzx", ["--compress=LZX"], "LZX"),
    ("lzx-large-blocks", ["--compress=LZX", "--chunk-size=2M"], "LZX"),
    ("lzms", ["--compress=LZMS"], "LZMS"),
    ("solid", ["--solid"], "LZMS"),
    ("solid-small-blocks", ["--solid", "--solid-chunk-size=32K"], "LZMS"),
    ("solid-lzx", ["--solid", "--solid-compress=LZX", "--compress=LZX"], "LZX"),
    ("with-table", ["--compress=LZX", "--check"], "LZX"),
]


def wimlib(*words):
    done = subprocess.run(["wimlib-imagex", *words], capture_output=True, check=False)
    check(done.returncode == 0, "wimlib-imagex %s: %s" % (
        " ".join(words), done.stderr.decode("utf-8", "replace")))
    return done.stdout


def inspect(path):
    """The first file's facts and the exit code."""
    done = subprocess.run([TUGBOOT, "inspect", "--json", path], capture_output=True, text=True,
                          check=False)
    check(done.returncode >= 0, "inspect was killed by signal %d" % -done.returncode)
    check(done.stdout, "inspect said nothing: %s" % done.stderr)
    return json.loads(done.stdout)["files"][0], done.returncode


def make_tree(folder):
    tree = os.path.join(folder, "tree")
    for path, source in ((OLD, SIGNED), (NEW, OTHER), (BIOS, "/bin/ls")):
        where = os.path.join(tree, path)
        os.makedirs(os.path.dirname(where), exist_ok=True)
        shutil.copyfile(source, where)
    system = os.path.join(tree, "Windows/System32")
    os.makedirs(system)
    for i in range(40):
        with open(os.path.join(system, "file%d.dll" % i), "wb") as out:
            out.write(random.randbytes(random.choice((0, 1, 4000, 32768, 70000))))
    os.link(os.path.join(system, "file1.dll"), os.path.join(system, "linked.dll"))
    os.symlink("file2.dll", os.path.join(system, "symbolic.dll"))
    return tree


def make(folder, name, words):
    """Two images, the second is marked to be booted."""
    path = os.path.join(folder, name + ".wim")
    tree = make_tree(folder)
    for i, title in enumerate(("Microsoft Windows PE (x64)", "Gr\u00f6\u00dfe & <Setup>")):
        wimlib("append" if i else "capture", tree, path, title, "--no-acls",
               "--image-property", "WINDOWS/ARCH=%d" % (9 if i else 12),
               "--image-property", "WINDOWS/EDITIONID=Edition%d" % i,
               "--image-property", "WINDOWS/VERSION/MAJOR=10",
               "--image-property", "WINDOWS/VERSION/BUILD=%d" % (26100 + i),
               "--image-property", "WINDOWS/LANGUAGES/LANGUAGE=en-US",
               *(["--boot"] if i else words))
    return path


def described(path):
    """What wimlib says of the images, in the words of inspect."""
    root = xml.etree.ElementTree.fromstring(wimlib("info", path, "--xml").decode("utf-16"))
    arches = {"0": "x86", "5": "arm", "9": "x64", "12": "arm64", None: ""}
    return [{
        "index": int(image.get("INDEX")),
        "name": image.findtext("NAME"),
        "edition": image.findtext("WINDOWS/EDITIONID") or "",
        "architecture": arches[image.findtext("WINDOWS/ARCH")],
        "bytes": int(image.findtext("TOTALBYTES")),
    } for image in root.findall("IMAGE")]


def managers(facts):
    return {one["file"]: one.get("sha256") for one in facts.get("boot_managers", [])}


def agrees(folder, name, words, packing):
    path = make(folder, name, words)
    facts, code = inspect(path)
    check(facts["packing"] == packing, "packing %s, not %s" % (facts["packing"], packing))
    check(facts["boot_index"] == 2, "boot index %s" % facts["boot_index"])
    check(facts["bytes"] == os.path.getsize(path), "bytes %s" % facts["bytes"])
    got = [{key: image[key] for key in ("index", "name", "edition", "architecture", "bytes")}
           for image in facts["images"]]
    check(got == described(path), "%s\n%s" % (got, described(path)))
    check(managers(facts) == {OLD: managed(SIGNED), NEW: managed(OTHER)}, str(managers(facts)))
    present = {one["file"]: one["present"] for one in facts["boot_files"]}
    check(present[BIOS] and not present["Windows/Boot/EFI/boot.stl"], str(present))
    check(code == 0 and facts["verdict"] == "boots", "%d %s" % (code, facts["verdict"]))


def managed(path):
    """The Authenticode digest of the file itself."""
    return inspect(path)[0]["sha256"]


def signers_are_joined(folder):
    """one accepted boot manager is enough, none is not"""
    tree = make_tree(folder)
    path = os.path.join(folder, "a.wim")
    os.unlink(os.path.join(tree, OLD))
    wimlib("capture", tree, path, "PE", "--no-acls", "--boot")
    facts, code = inspect(path)
    check((facts["verdict"], code) == ("unsigned", 11), "%s %d" % (facts["verdict"], code))
    os.unlink(os.path.join(tree, NEW))
    wimlib("capture", tree, path + "2", "PE", "--no-acls", "--boot")
    facts, code = inspect(path + "2")
    check((facts["verdict"], code) == ("not-efi", 13), "%s %d" % (facts["verdict"], code))


def split_ones_say_so(folder):
    """parts of a split WIM"""
    path = make(folder, "whole", ["--compress=LZX"])
    wimlib("split", path, os.path.join(folder, "part.swm"), "1")
    first = inspect(os.path.join(folder, "part.swm"))[0]
    second = inspect(os.path.join(folder, "part2.swm"))[0]
    check(first["part"] == 1 and second["part"] == 2 and first["parts"] == second["parts"] > 1,
          "%s %s" % (first, second))
    check(first["images"] == second["images"] == inspect(path)[0]["images"], "other images")


def exported_ones_are_alike(folder):
    """an ESD exported as wimboot wants it"""
    path = make(folder, "install", ["--solid"])
    new = os.path.join(folder, "boot.wim")
    wimlib("export", path, "all", new, "--compress=LZX", "--boot")
    before, after = inspect(path)[0], inspect(new)[0]
    check(before["packing"] == "LZMS" and after["packing"] == "LZX", str(after["packing"]))
    check(managers(before) == managers(after) != {}, "other boot managers")


def pipable_ones_are_refused(folder):
    """wimlib's own variant is refused by name"""
    path = make(folder, "pipe", ["--pipable", "--compress=LZX"])
    facts, code = inspect(path)
    check(code == 1 and facts["verdict"] == "unreadable" and "--not-pipable" in facts["text"],
          "%d %s" % (code, facts))


def damage_is_noticed(folder, name, words, packing):
    path = make(folder, name, words)
    right = {OLD: managed(SIGNED), NEW: managed(OTHER)}
    with open(path, "rb") as file:
        whole = file.read()
    copy = os.path.join(folder, "copy.wim")
    for i in range(DAMAGES):
        data = bytearray(whole)
        if i % 3:
            at = random.randrange(208) if i % 3 == 1 else random.randrange(len(data))
            data[at] ^= 1 << random.randrange(8)
            what = "byte %d" % at
        else:
            data = data[:random.randrange(1, len(data))]
            what = "cut to %d" % len(data)
        with open(copy, "wb") as out:
            out.write(data)
        facts, _ = inspect(copy)
        for file, digest in managers(facts).items():
            check(digest == right[file], "%s: another %s came out, packing %s" % (
                what, file, packing))


def media_are_listed(folder):
    """the title of a medium is made of its images"""
    images = os.path.join(folder, "images")
    medium = os.path.join(images, "win11/sources")
    tree = make_tree(folder)
    os.makedirs(medium)
    wimlib("capture", tree, os.path.join(medium, "boot.wim"), "Microsoft Windows Setup (x64)",
           "--no-acls", "--boot", "--image-property", "WINDOWS/ARCH=9")
    install = os.path.join(medium, "install.esd")
    for i, edition in enumerate(("Home", "Pro", "Education")):
        wimlib("append" if i else "capture", tree, install, "Windows 11 " + edition, "--no-acls",
               "--image-property", "WINDOWS/ARCH=9", "--image-property",
               "WINDOWS/VERSION/BUILD=26100", *([] if i else ["--solid"]))
    config = os.path.join(folder, "tugboot.yaml")
    with open(config, "w", encoding="utf-8") as out:
        json.dump({"state": folder, "images": images, "control": os.path.join(folder, "c")}, out)
    done = subprocess.run([TUGBOOT, "image", "list", "--json", "--config", config],
                          capture_output=True, text=True, check=False)
    image = json.loads(done.stdout)["images"][0]
    check(image["title"] == "Windows 11 24H2 (x64), 3 editions", done.stdout + done.stderr)
    check(image["kind"] == "wim" and image["arches"] == ["bios-x86", "efi-x64"], done.stdout)
    check(image["secure_boot"] == "yes", done.stdout)


def main():
    tap = Tap()
    random.seed(SEED)
    print("# seed %d" % SEED)
    for path in (SIGNED, OTHER):
        if not os.path.exists(path) or not shutil.which("wimlib-imagex"):
            print("1..0 # SKIP no wimlib-imagex or no %s here (./dev deps test)" % path)
            return 77
    for name, words, packing in PACKINGS:
        with tempfile.TemporaryDirectory() as folder:
            tap.case("wimlib agrees about a WIM: " + name, agrees, folder, name, words, packing)
    for name, words, packing in PACKINGS[:7]:
        with tempfile.TemporaryDirectory() as folder:
            tap.case("damage in a WIM: " + name, damage_is_noticed, folder, name, words, packing)
    for function in (signers_are_joined, split_ones_say_so, exported_ones_are_alike,
                     pipable_ones_are_refused, media_are_listed):
        with tempfile.TemporaryDirectory() as folder:
            tap.case(function.__doc__, function, folder)
    return tap.end()


sys.exit(main())

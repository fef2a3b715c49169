"""A small live system of this machine's Debian, as live-build lays one out: live-boot in its initrd, a root
in a squashfs, both in an ISO. Made from where apt gets its packages, once per folder of runs.

Its init is a script that tells what it was started from, so that a boot takes seconds in an emulator.
"""
import os
import re
import secrets
import shutil
import subprocess
import threading

from lab import LabError, tail

_lock = threading.Lock()
PROGRAMS = ("mmdebstrap", "mksquashfs", "xorriso")
INIT = """#!/bin/sh
exec </dev/console >/dev/console 2>&1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
. /etc/os-release
echo
echo "live: token $(cat /etc/live-token)"
echo "live: $ID $VERSION_ID, $(dpkg-query -f '.\\n' -W | wc -l) packages, root on $(stat -f -c %T /)"
echo "live: $(cat /proc/cmdline)"
while :; do sleep 60; done
"""


def missing():
    """What keeps one from being made here: a sentence, or None."""
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return "no %s here (./dev deps test installs it)" % ", ".join(absent) if absent else None


def _run(*words, seconds=900):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)
    if done.returncode:
        raise LabError("%s: exit %d\n%s" % (words[0], done.returncode, tail(done.stdout, 15)))
    return done.stdout


def _apt_settings():
    """What this machine's apt was told about reaching its packages."""
    words = []
    for line in _run("apt-config", "dump", "Acquire").splitlines():
        if re.match(r"Acquire::(https?|ftp)(::[^ ]*)?::Proxy[^ ]* \"[^\"]+\";$", line, re.I):
            words += ["--aptopt", line]
    return words


def _suite():
    with open("/etc/os-release", encoding="utf-8") as text:
        found = re.search(r"^VERSION_CODENAME=(\w+)$", text.read(), re.M)
    if not found:
        raise LabError("/etc/os-release names no release to make a live system of")
    return found[1]


def _sources():
    """The archives of apt that are Debian's."""
    paths = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources")
    return [path for path in paths if os.path.exists(path) and os.path.getsize(path)]


def make(folder):
    """The ISO's path, and the token that it tells. Cases of one run share it; TUGBOOT_LIVE=FOLDER takes one
    that was made there before."""
    given = os.environ.get("TUGBOOT_LIVE")
    iso, told = (os.path.join(given or folder, "live-system." + end) for end in ("iso", "token"))
    with _lock:
        if not os.path.exists(iso):
            work = os.path.join(folder, "live-system")
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            token = secrets.token_hex(6)
            _make(work, token, os.path.join(work, "disc.iso"))
            with open(told, "w", encoding="ascii") as out:
                out.write(token)
            os.rename(os.path.join(work, "disc.iso"), iso)
            shutil.rmtree(work, ignore_errors=True)
    with open(told, encoding="ascii") as text:
        return iso, text.read()


def _make(work, token, iso):
    init, tree = os.path.join(work, "init"), os.path.join(work, "tree")
    with open(init, "w", encoding="ascii") as out:
        out.write(INIT)
    os.makedirs(os.path.join(tree, "live"))
    os.makedirs(os.path.join(tree, ".disk"))
    with open(os.path.join(tree, ".disk/info"), "w", encoding="ascii") as out:
        out.write("Test Debian - " + token + "\n")
    root = os.path.join(work, "root")
    hook = ('cp "{0}" "$1/sbin/init" && chmod 755 "$1/sbin/init" && '
            'echo {1} >"$1/etc/live-token"').format(init, token)
    _run("unshare", "--mount", "mmdebstrap", "--variant=minbase", *_apt_settings(),
         "--include=live-boot,linux-image-cloud-amd64,zstd", "--dpkgopt=force-unsafe-io",
         "--dpkgopt=path-exclude=/usr/share/doc/*",
         "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
         "--customize-hook=" + hook, _suite(), root, *_sources())
    for name, stem in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
        found = _run("sh", "-c", "ls %s/boot/%s" % (root, stem)).split()
        os.rename(found[-1], os.path.join(tree, "live", name))
    _run("mksquashfs", root, os.path.join(tree, "live/filesystem.squashfs"), "-quiet", "-no-progress",
         "-comp", "zstd", "-Xcompression-level", "3", "-e", "boot", "var/cache", "var/lib/apt/lists")
    _run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "LIVE", "-o", iso, tree)

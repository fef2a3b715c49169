#!/usr/bin/env python3
"""The mirror with package managers of other families: real dnf, zypper and pacman, each with a root
of its own, against repositories as createrepo_c and repo-add make them. The first machine's packages come
from the archive, the second one's from the mirror alone, the archive being gone. In a network
namespace of its own. TAP lines on standard output.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import mirror_peers  # noqa: E402
from mirror_peers import PORT, blob, until  # noqa: E402
from tap import Tap, check  # noqa: E402

SPEC = """Name: tugboot-test
Version: 1
Release: %d
Summary: a test
License: none
BuildArch: noarch
%%description
A test.
%%install
mkdir -p %%{buildroot}/opt/tugboot-test
cp %s %%{buildroot}/opt/tugboot-test/data
%%files
/opt/tugboot-test/data
"""


def run(*words, cwd=None, code=0):
    done = subprocess.run(words, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False, env=dict(os.environ, LC_ALL="C"))
    check(done.returncode == code, "%s: exit %d\n%s%s" % (words[0], done.returncode, done.stdout,
                                                         done.stderr))
    return done.stdout + done.stderr


def tree_of(folder):
    """A folder as the files of the archive."""
    files = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            with open(path, "rb") as data:
                files["/pub" + path[len(folder):]] = data.read()
    return files


def write(path, data):
    with open(path, "wb") as out:
        out.write(data)


def rpm_repository(top, release=1):
    """A repository of rpm packages, and what its one package installs."""
    folder, data = os.path.join(top, "rpms-%d" % release), blob(11 + release, 400000)
    os.makedirs(folder + "/Packages/t")
    write(top + "/data", data)
    write(top + "/t.spec", (SPEC % (release, top + "/data")).encode())
    run("rpmbuild", "-bb", "--quiet", "--define", "_topdir %s/build" % top, "--define",
        "_rpmdir %s/Packages/t" % folder, "--define", "_dbpath %s/rpmdb" % top, top + "/t.spec")
    run("createrepo_c", "--quiet", folder)
    return tree_of(folder), data


def has_data(root, data):
    with open(root + "/opt/tugboot-test/data", "rb") as got:
        check(got.read() == data, "other bytes in " + root)


def dnf(root, *words):
    return run("dnf", "--assumeyes", "--installroot", root, "--releasever", "1",
               "--disableplugin=*", "--setopt=reposdir=/nonexistent", "--setopt=cachedir=" + root + "/cache",
               "--setopt=metadata_expire=0", "--setopt=retries=1", "--nogpgcheck",
               "--repofrompath", "house,http://127.0.0.1:%d/mirror/deb" % PORT, "--repo", "house",
               *words)


def zypper(root, *words):
    return run("zypper", "--root", root, "--non-interactive", "--no-gpg-checks", *words)


def twice(place, install, data):
    """A machine with the archive, and another one after it has gone and tugboot was restarted."""
    for turn in ("first", "second"):
        root = os.path.join(place.folder, turn)
        os.makedirs(root)
        install(root)
        has_data(root, data)
        if turn == "first":
            place.archive.stop()
            place.restart()


def real_dnf(place):
    place.archive.files, data = rpm_repository(place.folder)
    twice(place, lambda root: dnf(root, "install", "tugboot-test"), data)


def an_update_by_dnf(place):
    """repomd.xml changes under its name: the machine sees the new one at once."""
    place.archive.files, data = rpm_repository(place.folder)
    root = os.path.join(place.folder, "root")
    dnf(root, "install", "tugboot-test")
    has_data(root, data)
    place.archive.files, newer = rpm_repository(place.folder, 2)
    check(newer != data, "the same")
    # Those who come within two seconds are asked for together.
    until(lambda: place.get("/mirror/deb/repodata/repomd.xml")[2] ==
          place.archive.files["/pub/repodata/repomd.xml"], "the new index")
    dnf(root, "upgrade", "tugboot-test")
    has_data(root, newer)


def real_zypper(place):
    place.archive.files, data = rpm_repository(place.folder)

    def install(root):
        zypper(root, "addrepo", "--no-gpgcheck", "http://127.0.0.1:%d/mirror/deb" % PORT, "house")
        zypper(root, "refresh")
        zypper(root, "install", "--no-recommends", "tugboot-test")

    twice(place, install, data)


def pacman_repository(top):
    folder, data = os.path.join(top, "arch"), blob(13, 400000)
    os.makedirs(folder)
    os.makedirs(top + "/pkg/opt/tugboot-test")
    write(top + "/pkg/opt/tugboot-test/data", data)
    write(top + "/pkg/.PKGINFO", b"pkgname = tugboot-test\npkgver = 1-1\npkgdesc = a test\n"
                                 b"arch = any\nsize = 400000\n")
    run("bsdtar", "--zstd", "-cf", folder + "/tugboot-test-1-1-any.pkg.tar.zst", ".PKGINFO", "opt",
        cwd=top + "/pkg")
    rows = {"FILENAME": "tugboot-test-1-1-any.pkg.tar.zst", "NAME": "tugboot-test", "VERSION": "1-1",
            "DESC": "a test", "ARCH": "any", "ISIZE": "400000",
            "CSIZE": str(os.path.getsize(folder + "/tugboot-test-1-1-any.pkg.tar.zst"))}
    os.makedirs(top + "/db/tugboot-test-1-1")
    write(top + "/db/tugboot-test-1-1/desc",
          "".join("%%%s%%\n%s\n\n" % row for row in rows.items()).encode())
    run("bsdtar", "-czf", folder + "/house.db", "tugboot-test-1-1", cwd=top + "/db")
    return tree_of(folder), data


def real_pacman(place):
    place.archive.files, data = pacman_repository(place.folder)

    def install(root):
        os.makedirs(root + "/var/lib/pacman")
        write(root + "/pacman.conf", b"[options]\nArchitecture = x86_64\nSigLevel = Never\n[house]\n"
                                     b"Server = http://127.0.0.1:%d/mirror/deb\n" % PORT)
        run("pacman", "--root", root, "--cachedir", root + "/cache", "--config",
            root + "/pacman.conf", "--noconfirm", "-Sy", "tugboot-test")

    twice(place, install, data)
    names = place.run("list")
    check("tugboot-test-1-1-any.pkg.tar.zst" in names and "house.db" in names, names)


CASES = (real_dnf, an_update_by_dnf, real_zypper, real_pacman)


def main():
    mirror_peers.enter_namespace(__file__)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="tugboot-archive-")
    os.chmod(top, 0o755)
    try:
        for case in CASES:
            if len(sys.argv) < 2 or case.__name__ in sys.argv[1:]:
                tap.case(case.__name__.replace("_", " "), mirror_peers.run_case, case, top, {})
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

"""An iPXE that knows the `shim` command and the UEFI variables, which the one of Debian 12 does not:
that of Debian 13, fetched by apt from the mirror this machine uses, checked by apt against Debian's
keys, unpacked into the build folder and never installed."""
import glob
import os
import re
import shutil
import subprocess

from lab import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "newer-ipxe")
SUITE = "trixie"


def _run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          cwd=FOLDER)
    if done.returncode:
        raise LabError("%s: %s" % (" ".join(words[:2]), (done.stderr or done.stdout).strip()))
    return done.stdout


def _mirror():
    """Where this machine's apt takes Debian's main packages from."""
    lines = _run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(LABEL)",
                 "Created-By: Packages", "Component: main")
    for line in lines.splitlines():
        found = re.match(r"(\S+) (?:bookworm|trixie) Debian$", line)
        if found:
            return found.group(1)
    raise LabError("apt names no mirror of Debian: is there a Debian source in "
                   "/etc/apt/sources.list.d, and was apt-get update run?")


def _fetch():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        os.makedirs(os.path.join(FOLDER, name))
    with open(os.path.join(FOLDER, "sources.list"), "w", encoding="ascii") as out:
        out.write("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n"
                  % (_mirror(), SUITE))
    # apt as root fetches as a user of its own, who has no way in here.
    settings = [word for pair in (
        "Dir::Etc::SourceList=%s/sources.list", "Dir::Etc::SourceParts=%s/parts",
        "Dir::State::Lists=%s/lists", "Dir::Cache=%s/cache") for word in ("-o", pair % FOLDER)]
    settings += ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3",
                 "-o", "Acquire::Languages=none"]
    _run("apt-get", "-qq", *settings, "update")
    _run("apt-get", "-qq", *settings, "download", "ipxe/" + SUITE)
    packages = glob.glob(os.path.join(FOLDER, "ipxe_*.deb"))
    if len(packages) != 1:
        raise LabError("apt-get download left %d packages of iPXE" % len(packages))
    _run("dpkg-deb", "-x", packages[0], os.path.join(FOLDER, "root"))


def program(name="ipxe.efi"):
    """The path of that program of the newer iPXE."""
    path = os.path.join(FOLDER, "root/usr/lib/ipxe", name)
    if not os.path.exists(path):
        os.makedirs(FOLDER, exist_ok=True)
        _fetch()
    return path

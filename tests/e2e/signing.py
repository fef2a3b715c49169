"""Programs signed with the key that Debian's ovmf package enrols in its "snakeoil" variables (PK, KEK
and db of its own, no key of Microsoft's): stand-ins for loaders that only Microsoft or their own
project can sign."""
import hashlib
import os
import shutil
import struct
import subprocess

from lab import LabError

CERTIFICATE = "/usr/share/ovmf/PkKek-1-snakeoil.pem"
LOCKED_KEY = "/usr/share/ovmf/PkKek-1-snakeoil.key"  # its passphrase is its name
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd"
SHIM = "/usr/lib/shim/shimx64.efi"
SBAT = ("sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "ipxe,1,iPXE,ipxe,1,https://ipxe.org\n")


def missing():
    """What keeps programs from being signed here: a sentence, or None."""
    for name in ("sbsign", "objcopy", "openssl"):
        if not shutil.which(name):
            return "no %s here (./dev deps test installs it)" % name
    for path in (CERTIFICATE, LOCKED_KEY, VARIABLES, SHIM):
        if not os.path.exists(path):
            return "no %s here (packages ovmf, shim-unsigned)" % path
    return None


def _run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise LabError("%s: %s" % (" ".join(words), (done.stderr or done.stdout).strip()))


def certificate_of(program, subject, folder):
    """A certificate that a program's signature brings along, by a part of its subject, as PEM."""
    signature, path = os.path.join(folder, "signature.der"), os.path.join(folder, "brought.pem")
    _run("sbattach", "--detach", signature, program)
    done = subprocess.run(("openssl", "pkcs7", "-inform", "DER", "-in", signature, "-print_certs"),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    for part in done.stdout.split("subject=")[1:]:
        if subject not in part.splitlines()[0]:
            continue
        begin, end = part.find("-----BEGIN"), part.find("-----END CERTIFICATE-----")
        with open(path, "w", encoding="ascii") as out:
            out.write(part[begin:end] + "-----END CERTIFICATE-----\n")
        return path
    raise LabError("%s brings no certificate of %s along" % (program, subject))


class Signer:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.key = os.path.join(folder, "key.pem")
        _run("openssl", "rsa", "-passin", "pass:snakeoil", "-in", LOCKED_KEY, "-out", self.key)

    def sign(self, source, target):
        _run("sbsign", "--key", self.key, "--cert", CERTIFICATE, "--output", target, source)
        os.chmod(target, 0o644)
        return target

    def with_sbat(self, source):
        """A copy with an .sbat section, which shim wants of whatever it starts."""
        with open(source, "rb") as program:
            head = program.read(4096)
        pe = struct.unpack_from("<I", head, 0x3c)[0]
        end = struct.unpack_from("<I", head, pe + 24 + 56)[0]  # SizeOfImage
        copy = os.path.join(self.folder, "with-sbat-" + os.path.basename(source))
        text = os.path.join(self.folder, "sbat.csv")
        with open(text, "w", encoding="ascii") as out:
            out.write(SBAT)
        _run("objcopy", "--add-section", ".sbat=" + text,
             "--set-section-flags", ".sbat=contents,alloc,load,readonly,data",
             "--change-section-vma", ".sbat=%#x" % ((end + 4095) & ~4095), source, copy)
        return copy

    def shim_for(self, loader):
        """Debian's unsigned shim with another built-in name of what it starts, as each project that
        has a shim of its own builds one."""
        usual = "grubx64.efi"
        before, after = (name.encode("utf-16-le") for name in (usual, loader.ljust(len(usual), "\0")))
        with open(SHIM, "rb") as program:
            data = program.read()
        if data.count(before) != 1 or len(before) != len(after):
            raise LabError("%s cannot be made to start %s" % (SHIM, loader))
        data = data.replace(before, after)
        copy = os.path.join(self.folder, "shim-for-" + loader)
        with open(copy, "wb") as out:
            out.write(data)
        return copy

    def ipxe_pair(self, folder, name="ipxe"):
        """What the iPXE project publishes, under the same names: a shim and the iPXE it starts, each
        signed. The digests of both."""
        os.makedirs(folder, exist_ok=True)
        files = (self.sign(self.shim_for(name + ".efi"), os.path.join(folder, name + "-shimx64.efi")),
                 self.sign(self.with_sbat("/usr/lib/ipxe/%s.efi" % name),
                           os.path.join(folder, name + ".efi")))
        digests = []
        for path in files:
            with open(path, "rb") as program:
                digests.append(hashlib.sha256(program.read()).hexdigest())
        return digests

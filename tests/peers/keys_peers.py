#!/usr/bin/env python3
"""Own keys for Secure Boot as other programs see them: openssl the keys, sbverify, osslsigncode and
pesign the signatures, efitools the lists and updates. TAP lines on standard output.
"""
import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from tap import Skip, Tap, check  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
TUGBOOT = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")
OK, FAILED, USAGE, NO_DAEMON, NOT_FOUND = range(5)
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
DATABASE = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
VENDORS = {"PK": GLOBAL, "KEK": GLOBAL, "db": DATABASE, "dbx": DATABASE}
SIGNERS = {"PK": "PK", "KEK": "PK", "db": "KEK", "dbx": "KEK"}
INSTALLER = "/usr/lib/debian-installer/images/12/%s/text/debian-installer/%s/"
PROGRAMS = {
    "ipxe.efi": "/usr/lib/ipxe/ipxe.efi",
    "snponly.efi": "/usr/lib/ipxe/snponly.efi",
    "linux-x64": INSTALLER % ("amd64", "amd64") + "linux",
    "linux-arm64": INSTALLER % ("arm64", "arm64") + "linux",
    "shim": "/usr/lib/shim/shimx64.efi.signed",
    "shim-unsigned": "/usr/lib/shim/shimx64.efi",
    "grub": "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    "systemd-boot": "/usr/lib/systemd/boot/efi/systemd-bootx64.efi",
    "systemd-stub": "/usr/lib/systemd/boot/efi/linuxx64.efi.stub",
    "memtest": "/boot/memtest86+x64.efi",
    "fwupd": "/usr/libexec/fwupd/efi/fwupdx64.efi.signed",
}


class Site:
    """A state folder with keys in it."""

    def __init__(self, folder):
        self.folder = folder
        self.config = self.path("tugboot.yaml")
        with open(self.config, "w", encoding="ascii") as out:
            json.dump({"state": self.path("state"), "images": self.path("images"),
                       "loaders": [self.path("loaders")], "control": self.path("control")}, out)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def keys(self, *names):
        return self.path("state", "keys", *names)

    def tugboot(self, *words, code=OK):
        done = subprocess.run([TUGBOOT, "keys", *words, "--config", self.config],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        check(done.returncode == code, "tugboot keys %s: exit %d, not %d\n%s%s" % (
            " ".join(words), done.returncode, code, done.stdout, done.stderr))
        check(code == OK or done.stderr.startswith("tugboot: "), "no sentence: " + done.stderr)
        return done.stdout if code == OK else done.stderr

    def media(self, name, *words):
        self.tugboot("enroll-media", "--output", self.path(name), *words)
        return self.path(name)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def tool(*words, good=True):
    """Run a peer; its output. It has to succeed, or with good=False to refuse."""
    if not shutil.which(words[0]):
        raise Skip("no %s here" % words[0])
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          check=False)
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    if good is not None:
        check((done.returncode == 0) == good, "%s: exit %d\n%s" % (
            " ".join(words), done.returncode, said))
    return said


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def keys_are_sound(site):
    """openssl reads them and finds pairs; nobody but the owner reads the private ones."""
    os.umask(0o022)
    site.tugboot("init", "--name", "the peers")
    check(mode(site.keys("private")) == 0o700, "the folder of private keys is open")
    for name in ("PK", "KEK", "db"):
        secret, public = site.keys("private", name + ".key"), site.keys(name + ".crt")
        check(mode(secret) == 0o600, "%s has mode %o" % (secret, mode(secret)))
        tool("openssl", "verify", "-no_check_time", "-CAfile", public, public)
        check(tool("openssl", "pkey", "-in", secret, "-pubout") ==
              tool("openssl", "x509", "-in", public, "-pubkey", "-noout"), name + " is no pair")
        said = tool("openssl", "x509", "-in", public, "-noout", "-text")
        check("RSA Public-Key: (2048 bit)" in said or "Public-Key: (2048 bit)" in said, said)
        check("sha256WithRSAEncryption" in said, said)


def keys_are_never_written_over(site):
    before = read(site.keys("private", "PK.key"))
    said = site.tugboot("init", code=FAILED)
    check("never written over" in said, said)
    check(read(site.keys("private", "PK.key")) == before, "PK.key was changed")
    other = site.path("other")
    site.tugboot("init", "--folder", other, "--bits", "3072", "--name", "others")
    check("3072 bit" in tool("openssl", "x509", "-in", os.path.join(other, "db.crt"), "-noout",
                             "-text"), "not 3072 bits")
    site.tugboot("init", "--folder", site.path("third"), "--bits", "1024", code=USAGE)


def keys_are_shown(site):
    shown = json.loads(site.tugboot("show", "--json"))
    check([row["key"] for row in shown["keys"]] == ["PK", "KEK", "db"], shown)
    for row in shown["keys"]:
        said = tool("openssl", "x509", "-in", site.keys(row["key"] + ".crt"), "-noout",
                    "-fingerprint", "-sha256")
        check(said.strip().lower().endswith("=" + row["sha256"]), said)
        check(row["private"] == "here", row)
    os.chmod(site.keys("private", "db.key"), 0o644)
    try:
        shown = json.loads(site.tugboot("show", "--json"))
        check(shown["keys"][2]["private"] == "unusable", shown)
        said = site.tugboot("sign", PROGRAMS["ipxe.efi"], "--output", site.path("x"), code=FAILED)
        check("chmod 600" in said and not os.path.exists(site.path("x")), said)
    finally:
        os.chmod(site.keys("private", "db.key"), 0o600)


def signature_counts(path):
    return tool("sbverify", "--list", path, good=None).count("image signature certificates")


def program_is_signed(site, name):
    """Two more programs that verify agree; what was signed before still is."""
    original = PROGRAMS[name]
    if not os.path.exists(original):
        raise Skip("no " + original)
    signed, twice = site.path(name + ".signed"), site.path(name + ".twice")
    before = signature_counts(original)
    # sbverify says OK of Debian's signed shim whatever the certificate, so ask it beforehand.
    tells_apart = "OK" not in tool("sbverify", "--cert", site.keys("KEK.crt"), original, good=None)
    site.tugboot("sign", original, "--output", signed)
    tool("sbverify", "--cert", site.keys("db.crt"), signed)
    if tells_apart:
        tool("sbverify", "--cert", site.keys("KEK.crt"), signed, good=False)
    check(signature_counts(signed) == before + 1, "%s has %d signatures, not %d" % (
        signed, signature_counts(signed), before + 1))
    check("the peers Secure Boot db" in tool("pesign", "-S", "-i", signed), "pesign does not see it")
    digest = tool("pesign", "-h", "-P", "-i", original).split()[-1]
    check(tool("pesign", "-h", "-P", "-i", signed).split()[-1] == digest,
          "pesign finds another digest")
    check(bytes.fromhex(digest) in read(signed)[-4096:], "the signature is about another digest")
    said = site.tugboot("sign", signed)
    check("already" in said, said)
    site.tugboot("sign", signed, "--output", twice, "--folder", site.path("other"))
    tool("sbverify", "--cert", site.keys("db.crt"), twice)
    tool("sbverify", "--cert", site.path("other", "db.crt"), twice)
    # A byte that the digest covers, and neither verifies.
    damaged = bytearray(read(twice))
    damaged[len(read(original)) // 2] ^= 0x20
    write(site.path("damaged"), damaged)
    tool("sbverify", "--cert", site.keys("db.crt"), site.path("damaged"), good=False)
    said = site.tugboot("sign", site.path("damaged"), "--folder", site.path("other"), code=FAILED)
    check("changed or damaged" in said, said)
    for path in (signed, twice, site.path("damaged")):
        os.unlink(path)


def osslsigncode_agrees(site):
    signed = site.path("ossl")
    site.tugboot("sign", PROGRAMS["snponly.efi"], "--output", signed)
    said = tool("osslsigncode", "verify", "-CAfile", site.keys("db.crt"), "-in", signed, good=None)
    check("Signature verification: ok" in said, said)
    check("mismatch" not in said.lower(), said)


def signed_in_place(site):
    """FILE itself is replaced, its mode kept; sbsign's own way gives the same bytes but for the
    signature."""
    mine, theirs = site.path("mine.efi"), site.path("theirs.efi")
    shutil.copyfile(PROGRAMS["ipxe.efi"], mine)
    os.chmod(mine, 0o640)
    site.tugboot("sign", mine)
    check(mode(mine) == 0o640, "mode %o" % mode(mine))
    tool("sbsign", "--key", site.keys("private", "db.key"), "--cert", site.keys("db.crt"),
         "--output", theirs, PROGRAMS["ipxe.efi"])
    one, other = read(mine), read(theirs)
    table = struct.unpack_from("<I", one, struct.unpack_from("<I", one, 0x3c)[0] + 24 + 144)[0]
    optional = struct.unpack_from("<I", one, 0x3c)[0] + 24
    check(one[optional + 144:optional + 148] == other[optional + 144:optional + 148],
          "the table begins elsewhere")
    covered = bytearray(one[:table]), bytearray(other[:table])
    for each in covered:
        each[optional + 64:optional + 68] = bytes(4)
        each[optional + 144:optional + 152] = bytes(8)
    check(covered[0] == covered[1], "the program differs from what sbsign makes of it")


def refusals_have_sentences(site):
    cases = [("/etc/hostname", "no EFI program"), ("/bin/true", "no EFI program"),
             (site.path("cut"), "cut off or broken"), ("/usr/lib", "it is a folder")]
    write(site.path("cut"), read(PROGRAMS["ipxe.efi"])[:300000])
    for path, words in cases:
        said = site.tugboot("sign", path, "--output", site.path("no"), code=FAILED)
        check(words in said, said)
        check(not os.path.exists(site.path("no")), "a file was written all the same")
    site.tugboot("sign", site.path("absent"), code=NOT_FOUND)
    site.tugboot("sign", code=USAGE)
    site.tugboot("sign", "--loaders", "--image", "x", code=USAGE)
    site.tugboot("sign", "--image", "nothing", code=NOT_FOUND)
    site.tugboot("show", "--folder", site.path("nowhere"), code=NOT_FOUND)


def loaders_are_signed(site):
    site.tugboot("sign", "--loaders")
    for name in ("own-ipxe.efi", "own-snponly.efi"):
        tool("sbverify", "--cert", site.keys("db.crt"), site.path("loaders", name))
    site.tugboot("sign", "--loaders")


def choice_has_to_be_made(site):
    said = site.tugboot("enroll-media", "--output", site.path("none"), code=USAGE)
    check("--only-own" in said and "Option ROMs" in said, said)
    site.tugboot("enroll-media", "--only-own", "--with", "/etc/hostname", code=USAGE)
    check(not os.path.exists(site.path("none")), "media were made without a choice")


def guid_at(data, at):
    a, b, c = struct.unpack_from("<IHH", data, at)
    rest = data[at + 8:at + 16].hex()
    return "%08x-%04x-%04x-%s-%s" % (a, b, c, rest[:4], rest[4:])


def lists_are_those_of_efitools(site):
    """cert-to-efi-sig-list makes the same bytes; sig-list-to-certs finds the certificates again."""
    media = site.media("media", "--only-own")
    for name in ("PK", "KEK", "db"):
        esl = os.path.join(media, name + ".esl")
        owner = guid_at(read(esl), 28)
        check(owner[14] == "8" and owner[19] in "89ab", "no GUID of version 8: " + owner)
        tool("cert-to-efi-sig-list", "-g", owner, site.keys(name + ".crt"), site.path("their.esl"))
        check(read(esl) == read(site.path("their.esl")), name + ".esl differs")
        tool("sig-list-to-certs", esl, site.path("found"))
        der = read(site.path("found-0.der"))
        check(der == read(os.path.join(media, name + ".der")), name + ".der differs")
        check(tool("openssl", "x509", "-inform", "DER", "-in", os.path.join(media, name + ".der"),
                   "-noout", "-modulus") ==
              tool("openssl", "x509", "-in", site.keys(name + ".crt"), "-noout", "-modulus"),
              "another certificate")


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def update_verifies(site, media, name):
    """What sign-efi-sig-list would have signed is what our signature covers."""
    auth = read(os.path.join(media, name + ".auth"))
    year, month, day, hour, minute, second = struct.unpack_from("<HBBBBB", auth)
    check(auth[7:16] == bytes(9), "EFI_TIME has more in it than a time: " + auth[:16].hex())
    length, revision, kind = struct.unpack_from("<IHH", auth, 16)
    check((revision, kind) == (0x0200, 0x0EF1), "no WIN_CERTIFICATE_UEFI_GUID")
    check(guid_at(auth, 24) == "4aafd29d-68df-49ee-8aa9-347d375665a7", "not PKCS#7")
    esl = os.path.join(media, name + ".esl")
    check(auth[16 + length:] == read(esl), "the lists behind it are not those of the .esl")
    # A ContentInfo around the bare SignedData makes it a file that openssl reads.
    info = der(0x30, bytes.fromhex("06092a864886f70d010702"), der(0xA0, auth[40:16 + length]))
    write(site.path("signature.p7"), info)
    stamp = "%04d-%02d-%02d %02d:%02d:%02d" % (year, month, day, hour, minute, second)
    environment_zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    try:
        tool("sign-efi-sig-list", "-o", "-t", stamp, "-g", VENDORS[name], name, esl,
             site.path("covered"))
    finally:
        if environment_zone is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = environment_zone
    tool("openssl", "smime", "-verify", "-inform", "DER", "-in", site.path("signature.p7"),
         "-content", site.path("covered"), "-binary", "-noverify", "-nointern", "-certfile",
         site.keys(SIGNERS[name] + ".crt"), "-out", "/dev/null")
    write(site.path("covered"), read(site.path("covered")) + b"x")
    tool("openssl", "smime", "-verify", "-inform", "DER", "-in", site.path("signature.p7"),
         "-content", site.path("covered"), "-binary", "-noverify", "-out", "/dev/null", good=False)


def updates_are_signed(site):
    media = site.path("media")
    for name in ("PK", "KEK", "db"):
        update_verifies(site, media, name)


def lists_are_added(site):
    """A certificate in DER and in PEM, lists, a variable as Linux shows it, a program."""
    media, other = site.path("media"), site.path("other")
    write(site.path("variable"), b"\x27\0\0\0" + read(os.path.join(media, "KEK.esl")))
    tool("openssl", "x509", "-in", os.path.join(other, "db.crt"), "-outform", "DER", "-out",
         site.path("other.der"))
    more = site.media("more", "--with", site.path("other.der"), "--with",
                      os.path.join(other, "KEK.crt"), "--with", site.path("variable"), "--with",
                      os.path.join(media, "PK.auth"), "--with-kek", os.path.join(other, "PK.crt"),
                      "--dbx", PROGRAMS["ipxe.efi"])
    for old in os.listdir(site.folder):
        if old.startswith("found-"):
            os.unlink(site.path(old))
    tool("sig-list-to-certs", os.path.join(more, "db.esl"), site.path("found"))
    found = sorted(name for name in os.listdir(site.folder)
                   if name.startswith("found-") and name.endswith(".der"))
    check(len(found) == 5, "db holds " + " ".join(found))
    check(read(site.path("found-1.der")) == read(site.path("other.der")), "not the one given")
    digest = read(os.path.join(more, "dbx.esl"))
    said = tool("pesign", "-h", "-P", "-i", PROGRAMS["ipxe.efi"])
    check(len(digest) == 76 and digest[44:].hex() in said, digest.hex() + " " + said)
    for name in ("PK", "KEK", "db", "dbx"):
        update_verifies(site, more, name)
    said = site.tugboot("enroll-media", "--with", "/etc/hostname", "--output", site.path("none"),
                        code=FAILED)
    check("neither a certificate" in said and not os.path.exists(site.path("none")), said)
    write(site.path("large.der"), bytes(40) + os.urandom(1 << 20))
    site.tugboot("enroll-media", "--with", site.path("large.der"), "--output", site.path("none"),
                 code=FAILED)


def programs_carry_the_updates(site):
    more = site.path("more")
    if not os.path.exists(os.path.join(more, "enroll-x64.efi")):
        raise Skip("tugboot was built without the enrol programs")
    for name, stick in (("enroll-x64.efi", "BOOTX64.EFI"), ("enroll-arm64.efi", "BOOTAA64.EFI")):
        program = read(os.path.join(more, name))
        check(program == read(os.path.join(more, "EFI/BOOT", stick)), "two different programs")
        at = program.index(b"tugboot keys 1\n\0db\0")
        at += 16
        for variable in ("db", "dbx", "KEK", "PK"):
            update = read(os.path.join(more, variable + ".auth"))
            record = variable.encode().ljust(8, b"\0") + struct.pack("<I", len(update)) + update
            check(program[at:at + len(record)] == record, variable + " does not stand there")
            at += len(record)
        check(program[at:at + 8] == bytes(8), "something follows")
        tool("sbverify", "--cert", site.keys("db.crt"), os.path.join(more, name))
    kept = read(os.path.join(site.media("kept", "--keep-factory"), "enroll-x64.efi"))
    check(b"tugboot keys 1\n\0keep\0\0\0\0\0\0\0\0db\0" in kept, "it does not say to keep them")
    check(b"THE OWN KEYS ALONE" in read(os.path.join(site.path("media"), "README.txt")),
          "no warning")
    check(b"THE OWN KEYS ALONE" not in read(os.path.join(more, "README.txt")), "a wrong warning")


def images_are_made_anew(site):
    if not os.path.exists(site.path("media", "enroll-x64.efi")):
        raise Skip("tugboot was built without the enrol programs")
    for _ in range(2):
        site.media("media", "--only-own", "--image")
    check(read(site.path("images/enroll-keys/enroll-x64.efi")) ==
          read(site.path("media/enroll-x64.efi")), "another program among the images")
    site.tugboot("enroll", "nobody", code=NOT_FOUND)


def mok_is_the_certificate(site):
    said = site.tugboot("mok", "--output", site.path("mok.der"))
    check("mokutil --import" in said and "MokManager" in said, said)
    check(read(site.path("mok.der")) == read(site.path("media/db.der")), "another certificate")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-keys.") as folder:
        site = Site(folder)
        tap.case("openssl: keys and certificates belong together, files are private",
                 keys_are_sound, site)
        tap.case("keys are never written over", keys_are_never_written_over, site)
        tap.case("keys show agrees with openssl", keys_are_shown, site)
        for name in PROGRAMS:
            tap.case("sbverify, pesign: %s is signed" % name, program_is_signed, site, name)
        tap.case("osslsigncode agrees", osslsigncode_agrees, site)
        tap.case("signed in place, as sbsign would", signed_in_place, site)
        tap.case("what is not signed is said in a sentence", refusals_have_sentences, site)
        tap.case("packaged loaders are signed", loaders_are_signed, site)
        tap.case("nobody trusts the own keys alone by accident", choice_has_to_be_made, site)
        tap.case("efitools: lists are the same", lists_are_those_of_efitools, site)
        tap.case("efitools, openssl: updates are signed", updates_are_signed, site)
        tap.case("efitools: lists with more in them", lists_are_added, site)
        tap.case("enrol programs carry the updates", programs_carry_the_updates, site)
        tap.case("enrol programs among the images", images_are_made_anew, site)
        tap.case("MOK is the db certificate", mok_is_the_certificate, site)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

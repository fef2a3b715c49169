#!/usr/bin/env python3
"""`tugboot inspect` beside sbverify, osslsigncode and pesign: the same digest and the same word about
the signature of every EFI program that Debian's packages here ship, and of damaged copies of them.

    inspect_peers.py [PATH/TO/tugboot] [SEED]

Prints TAP. The regions a digest covers are reckoned here once more, from the specification alone.
"""
import glob
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from tap import Skip, Tap, check

HERE = os.path.dirname(os.path.abspath(__file__))
TUGBOOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../../build/tugboot")
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
RANDOM_FLIPS = 6  # of each file
INSTALLER = "/usr/lib/debian-installer/images/12"
PLACES = [
    "/usr/lib/shim/*.signed", "/usr/lib/grub/*-signed/*.signed", "/usr/libexec/fwupd/efi/*.efi*",
    "/usr/lib/systemd/boot/efi/*.efi*", "/boot/vmlinuz-*", "/boot/memtest86+*.efi", "/boot/ipxe.efi",
    "/usr/lib/ipxe/*.efi", INSTALLER + "/*/*/debian-installer/*/*.efi",
    INSTALLER + "/*/*/debian-installer/*/linux",
]


def files():
    found = {}
    for place in PLACES:
        for path in glob.glob(place):
            with open(path, "rb") as file:
                data = file.read()
            if data[:2] == b"MZ" and data not in found.values():
                found[path] = data
    return sorted(found)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    return done.returncode, done.stdout + done.stderr


def inspect(*words):
    done = subprocess.run([TUGBOOT, "inspect", "--json", *words], capture_output=True, text=True,
                          check=False)
    check(done.stdout, "inspect said nothing: %s" % done.stderr)
    return [dict(one, exit=done.returncode) for one in json.loads(done.stdout)["files"]]


def is_sound(facts):
    return any(signature["sound"] for signature in facts.get("signatures", []))


class Pe:
    """Which bytes of a PE file its Authenticode digest covers, by the PE/COFF specification."""

    def __init__(self, data):
        self.data = data
        at = struct.unpack_from("<I", data, 0x3c)[0]
        sections, = struct.unpack_from("<H", data, at + 6)
        optional_len, = struct.unpack_from("<H", data, at + 20)
        optional = at + 24
        wide = struct.unpack_from("<H", data, optional)[0] == 0x20b
        self.checksum = optional + 64
        self.security = optional + (144 if wide else 128)
        headers, = struct.unpack_from("<I", data, optional + 60)
        self.table, self.table_len = struct.unpack_from("<II", data, self.security)
        self.ranges = [(0, self.checksum), (self.checksum + 4, self.security),
                       (self.security + 8, headers)]
        total = headers
        raw = []
        for i in range(sections):
            size, place = struct.unpack_from("<II", data, optional + optional_len + 40 * i + 16)
            if size:
                raw.append((place, place + size))
                total += size
        self.ranges += sorted(raw)
        if len(data) > total:
            self.ranges.append((total, len(data) - self.table_len))
        self.ranges = [(a, b) for a, b in self.ranges if b > a]


def edges(pe):
    """The first and the last byte of every range."""
    return sorted({at for a, b in pe.ranges for at in (a, b - 1)})


def digest_of_osslsigncode(path):
    _, said = run("osslsigncode", "verify", "-in", path)
    current = re.search(r"Current message digest\s*:\s*([0-9A-Fa-f]+)", said)
    reckoned = re.search(r"Calculated message digest\s*:\s*([0-9A-Fa-f]+)", said)
    return (current[1].lower() if current else None, reckoned[1].lower() if reckoned else None)


def digest_of_pesign(path):
    status, said = run("pesign", "-h", "-d", "sha256", "-i", path)
    found = re.search(r"\b([0-9a-f]{64})\b", said)
    check(status == 0 and found, "pesign: %s" % said)
    return found[1]


def certificates_of(path, folder):
    """The certificates inside a file's first signature, as PEM files."""
    detached = os.path.join(folder, "signature.p7")
    status, said = run("sbattach", "--detach", detached, path)
    check(status == 0, "sbattach: " + said)
    _, pem = run("openssl", "pkcs7", "-inform", "DER", "-in", detached, "-print_certs")
    found = []
    for i, text in enumerate(re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----\n", pem, re.S)):
        found.append(os.path.join(folder, "%d.pem" % i))
        with open(found[-1], "w", encoding="ascii") as file:
            file.write(text)
    return found


def sbverify_accepts(path, certificates):
    return any(run("sbverify", "--cert", one, path)[0] == 0 for one in certificates)


def agrees(path):
    facts = inspect(path)[0]
    check(facts["sha256"] == digest_of_pesign(path), "pesign has another digest")
    _, listed = run("pesign", "-S", "-i", path)
    signatures = facts["signatures"]
    if "No signatures found" in listed:
        check(not signatures, "pesign sees no signature, inspect does")
        check(facts["verdict"] == "unsigned" and facts["exit"] == 11, "verdict %(verdict)s" % facts)
        return
    check(signatures, "pesign sees signatures, inspect does not")
    if len(signatures) == 1:  # osslsigncode 2.5 takes a table of two for a broken one
        current, reckoned = digest_of_osslsigncode(path)
        check(reckoned == facts["sha256"], "osslsigncode reckons %s" % reckoned)
        check(current == signatures[0]["digest"], "osslsigncode reads the digest %s" % current)
    names = re.findall(r"common name is (.*)", listed)
    for signature in signatures:
        name = signature["chain"][0]["subject"]
        check(any(name in one for one in names), "pesign does not name the signer %s" % name)
    with tempfile.TemporaryDirectory() as folder:
        accepted = sbverify_accepts(path, certificates_of(path, folder))
    check(accepted == signatures[0]["sound"], "sbverify accepts it: %s" % accepted)


class Copies:
    """A copy of one file, damaged at one place after another."""

    def __init__(self, path, folder):
        with open(path, "rb") as file:
            self.data = file.read()
        self.path = os.path.join(folder, "copy.efi")
        self.pe = Pe(self.data)
        shutil.copy(path, self.path)
        self.whole = inspect(self.path)[0]

    def put(self, at, byte):
        with open(self.path, "r+b") as file:
            file.seek(at)
            file.write(bytes([byte]))

    def with_flip(self, at, then=None):
        """What inspect says with one bit changed; `then` is called while it is."""
        self.put(at, self.data[at] ^ 1 << random.randrange(8))
        facts = inspect(self.path)[0]
        if then:
            then()
        self.put(at, self.data[at])
        return facts


def damage_is_noticed(path):
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(path, folder)
        certificates = certificates_of(path, folder) if is_sound(copies.whole) else []
        inside = [at for a, b in copies.pe.ranges for at in (random.randrange(a, b),)]
        places = edges(copies.pe) + inside + [
            random.randrange(*random.choice(copies.pe.ranges)) for _ in range(RANDOM_FLIPS)]

        def ask_sbverify():
            check(not sbverify_accepts(copies.path, certificates), "sbverify accepts it")

        for number, at in enumerate(places):
            facts = copies.with_flip(at, ask_sbverify if certificates and number % 8 == 0 else None)
            check(not is_sound(facts), "byte 0x%x changed: a signature is called sound" % at)
            check(facts.get("sha256") != copies.whole["sha256"], "byte 0x%x: same digest" % at)
            check(facts["verdict"] in ("refused", "unsigned", "not-efi"), "byte 0x%x: %s" %
                  (at, facts["verdict"]))


def what_is_not_covered_does_not_count(path):
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(path, folder)
        for at in range(copies.pe.checksum, copies.pe.checksum + 4):
            facts = copies.with_flip(at)
            check(facts["sha256"] == copies.whole["sha256"] and
                  is_sound(facts) == is_sound(copies.whole), "CheckSum byte 0x%x counts" % at)
        # A table that is said to lie elsewhere: another word about the signature, the same digest.
        for at in range(copies.pe.security, copies.pe.security + 4):
            if copies.pe.table_len == 0:
                continue
            facts = copies.with_flip(at)
            check(facts.get("sha256") in (None, copies.whole["sha256"]),
                  "directory entry 4, byte 0x%x: another digest" % at)
            check(not is_sound(facts), "a signature is found where none is")


def signature_bytes_count(path):
    """Inside the signature: nobody is believed to stand behind it who does not. (A certificate that
    leads to nobody known proves nothing, whatever it says of itself.)"""
    def believed(facts):
        return {(s["authority"]["name"], s["chain"][0]["sha256"])
                for s in facts.get("signatures", []) if s["sound"] and "authority" in s}

    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(path, folder)
        if not is_sound(copies.whole):
            raise Skip("it is not signed")
        for _ in range(2 * RANDOM_FLIPS):
            at = copies.pe.table + random.randrange(copies.pe.table_len)
            facts = copies.with_flip(at)
            check(believed(facts) <= believed(copies.whole), "byte 0x%x: %s" % (at, facts))


def cut_files_are_refused(path):
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(path, folder)
        for _ in range(4):
            length = random.randrange(copies.pe.ranges[0][1], len(copies.data))
            shutil.copy(path, copies.path)
            os.truncate(copies.path, length)
            facts = inspect(copies.path)[0]
            check(not is_sound(facts), "cut to %d bytes: a signature is called sound" % length)
            check(facts["exit"] != 0, "cut to %d bytes: it is said to boot" % length)


def digest_list(digest):
    """A signature list of one SHA-256 digest. (hash-to-efi-sig-list cannot read this shim.)"""
    kind = bytes.fromhex("2616c4c14c509240aca941f936934328")
    return kind + struct.pack("<III", 28 + 48, 0, 48) + bytes(16) + bytes.fromhex(digest)


def lists(folder):
    """dbx and db made by efitools and sbsigntool count."""
    shim, grub = "/usr/lib/shim/shimx64.efi.signed", "/boot/ipxe.efi"
    if not os.path.exists(shim) or not os.path.exists(grub):
        raise Skip("no shim or no iPXE here")
    own = os.path.join(folder, "own")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Own key/",
        "-keyout", own + ".key", "-out", own + ".crt")
    status, said = run("sbsign", "--key", own + ".key", "--cert", own + ".crt", "--output",
                       own + ".efi", grub)
    check(status == 0, said)
    check(inspect(own + ".efi")[0]["verdict"] == "needs-shim", "a key nobody gave is trusted")
    check(inspect("--db", own + ".crt", own + ".efi")[0]["exit"] == 0, "PEM in db does not count")
    run("cert-to-efi-sig-list", own + ".crt", own + ".esl")
    run("sign-efi-sig-list", "-k", own + ".key", "-c", own + ".crt", "db", own + ".esl",
        own + ".auth")
    for ending in (".esl", ".auth"):
        check(inspect("--db", own + ending, own + ".efi")[0]["exit"] == 0, ending + " in db")
        check(inspect("--dbx", own + ending, own + ".efi")[0]["exit"] == 12, ending + " in dbx")
    for program in (own + ".efi", shim):
        with open(own + ".hash.esl", "wb") as file:
            file.write(digest_list(digest_of_pesign(program)))
        facts = inspect("--db", own + ".crt", "--dbx", own + ".hash.esl", program)[0]
        check(facts["exit"] == 12 and facts["forbidden_by_digest"], "a digest in dbx: %s" % facts)
    run("hash-to-efi-sig-list", grub, own + ".hash.esl")
    check(inspect("--db", own + ".hash.esl", grub)[0]["exit"] == 0, "a digest in db does not count")
    run("cert-to-efi-hash-list", own + ".crt", own + ".tbs.esl")
    facts = inspect("--db", own + ".crt", "--dbx", own + ".tbs.esl", own + ".efi")[0]
    check(facts["exit"] == 12, "a certificate's digest in dbx: %s" % facts["text"])


def second_signature(folder):
    """A file signed twice: both are seen, one is enough, one in dbx is too much."""
    names = [os.path.join(folder, name) for name in ("one", "two")]
    program = "/boot/ipxe.efi"
    if not os.path.exists(program):
        raise Skip("no iPXE here")
    for name in names:
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/CN=%s/" % os.path.basename(name), "-keyout", name + ".key", "-out", name + ".crt")
        target = name + ".efi"
        status, said = run("sbsign", "--key", name + ".key", "--cert", name + ".crt", "--output",
                           target, program)
        check(status == 0, said)
        program = target
    facts = inspect("--db", names[0] + ".crt", program)[0]
    check([s["sound"] for s in facts["signatures"]] == [True, True], "both sound: %s" % facts)
    check(facts["exit"] == 0, facts["text"])
    run("cert-to-efi-sig-list", names[1] + ".crt", names[1] + ".esl")
    facts = inspect("--db", names[0] + ".crt", "--dbx", names[1] + ".esl", program)[0]
    check(facts["exit"] == 12, "one signature in dbx: %s" % facts["text"])


def main():
    tap = Tap()
    random.seed(SEED)
    print("# seed %d" % SEED)
    for path in files():
        tap.case("peers agree about " + path, agrees, path)
        tap.case("one flipped byte is noticed in " + path, damage_is_noticed, path)
        tap.case("what the digest does not cover, in " + path, what_is_not_covered_does_not_count,
                 path)
        tap.case("flipped bytes in the signature of " + path, signature_bytes_count, path)
        tap.case("cut copies of " + path, cut_files_are_refused, path)
    for function in (lists, second_signature):
        with tempfile.TemporaryDirectory() as folder:
            tap.case(function.__doc__.strip(), function, folder)
    return tap.end()


sys.exit(main())

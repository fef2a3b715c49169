#!/usr/bin/env python3
"""tugboot catalog, against a web server on the loopback interface that plays a distribution's
mirror, with signatures made by real gpg and minisign; and with the real InRelease file of the Debian
mirror that this machine's apt is set up to use. TAP lines on standard output.
"""
import email.utils
import hashlib
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from tap import Tap, check  # noqa: E402

OK, FAILED, USAGE, NO_DAEMON, NOT_FOUND = range(5)
PROGRAM = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def kernel(seed, size=200000):
    """Bytes with the header of a Linux kernel."""
    data = bytearray(random.Random(seed).randbytes(size))
    data[0:2] = b"\0\0"
    data[0x1f1] = 1
    data[0x1fe:0x200] = b"\x55\xaa"
    data[0x202:0x208] = b"HdrS\x0f\x02"
    return bytes(data)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        data = self.server.files.get(self.path)
        self.server.looked.append(self.path)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()

    def do_GET(self):
        server = self.server
        server.seen.append(self.path)
        if self.path in server.moved:
            self.send_response(302)
            self.send_header("Location", server.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = server.files.get(self.path.split("?")[0])
        if data is None:
            self.send_error(404)
            return
        begin, asked = 0, self.headers.get("Range")
        server.asked.append(asked)
        if asked:
            begin = int(asked.split("=")[1].split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(data) - 1, len(data)))
        else:
            self.send_response(200)
        self.send_header("ETag", '"%s"' % sha256(data)[:16])
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        rest = data[begin:]
        is_cut = server.cuts > 0 and len(rest) > 50000
        try:
            self.wfile.write(rest[:50000] if is_cut else rest)
            if is_cut:
                server.cuts -= 1
                self.close_connection = True
                self.connection.shutdown(2)
        except OSError:
            pass # the client was quicker


class Server(http.server.ThreadingHTTPServer):
    """`files`: what it has, by path. `cuts`: how many answers break off. `seen`: the paths that were
    asked for, and `asked`: the ranges of them. `looked`: those of HEAD. `moved`:
    redirects."""
    daemon_threads = True

    def __init__(self, files):
        self.files, self.cuts, self.seen, self.asked = files, 0, [], []
        self.looked, self.moved = [], {}
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what some of these cases are about."""


class Keys:
    """Two OpenPGP keys that are in force, one that was revoked and one that has expired, and a
    minisign key, of the test's own."""

    def __init__(self, top):
        self.home = os.path.join(top, "gnupg")
        os.mkdir(self.home, 0o700)
        self.good, self.other = self.make("Distribution"), self.make("Somebody else")
        self.revoked, self.expired = self.make("Revoked"), self.make_expired("Expired")
        self.secret, self.public = os.path.join(top, "minisign.key"), os.path.join(top, "mini.pub")
        subprocess.run(["minisign", "-G", "-W", "-s", self.secret, "-p", self.public], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        with open(self.public, encoding="utf-8") as text:
            self.minisign = text.read().splitlines()[1]

    def gpg(self, *words, data=None):
        return subprocess.run(["gpg", "--homedir", self.home, "--batch", "--no-tty", *words],
                              input=data, capture_output=True, check=True).stdout

    def make(self, name, *words, expiry="never"):
        self.gpg(*words, "--passphrase", "", "--quick-generate-key", "%s <x@example.org>" % name,
                 "ed25519", "sign", expiry)
        listed = self.gpg("--with-colons", "--list-keys", name).decode()
        return [row.split(":")[9] for row in listed.splitlines() if row.startswith("fpr")][0]

    def make_expired(self, name):
        """One of the year 2020, in force for a day of it."""
        return self.make(name, "--faked-system-time", "20200101T000000", expiry="20200102T000000")

    def revoke(self, key):
        """By the certificate that gpg wrote when it made the key; what it has signed stays."""
        path = os.path.join(self.home, "openpgp-revocs.d", key + ".rev")
        with open(path, encoding="utf-8") as text:
            self.gpg("--import", data=text.read().replace(":-----BEGIN", "-----BEGIN").encode())

    def public_key(self, key, armoured=False):
        return self.gpg(*(["--armor"] if armoured else []), "--export", key)

    def clearsign(self, data, key=None):
        return self.gpg("-u", key or self.good, "--clearsign", data=data)

    def detach(self, data, key=None, armoured=True, words=()):
        return self.gpg(*words, "-u", key or self.good, *(["--armor"] if armoured else []),
                        "--detach-sign", data=data)

    def minisig(self, top, data):
        path = os.path.join(top, "signed")
        with open(path, "wb") as out:
            out.write(data)
        subprocess.run(["minisign", "-S", "-s", self.secret, "-m", path], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        with open(path + ".minisig", "rb") as signature:
            return signature.read()

    def end(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False,
                       capture_output=True)


class Place:
    """A state folder with a catalog of its own, whose base is `server`."""

    def __init__(self, top, keys, server):
        self.folder = tempfile.mkdtemp(dir=top)
        os.chmod(self.folder, 0o755)
        self.keys, self.server = keys, server
        self.images = os.path.join(self.folder, "images")
        self.config = os.path.join(self.folder, "tugboot.yaml")
        self.keyring = os.path.join(self.folder, "keys.gpg")
        with open(self.keyring, "wb") as out:
            out.write(keys.public_key(keys.good))
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"state": self.folder + "/state", "images": self.images,
                       "control": self.folder + "/control"}, out)

    def offer(self, **more):
        """Write the house's catalog, with the one offer `house`."""
        top = {"title": "House", "base": self.server.url + "/pub", "keyrings": [self.keyring]}
        offer = {"name": "house", "title": "House Linux ${release}", "file": "house-${release}.bzImage"}
        for key, value in more.items():
            key = key.replace("_", "-")
            (top if key in ("keyrings", "base") else offer)[key] = value
        os.makedirs(self.folder + "/state/catalog", exist_ok=True)
        with open(self.folder + "/state/catalog/house.yaml", "w", encoding="utf-8") as out:
            json.dump(dict(top, offers=[offer]), out)

    def run(self, *words, code=OK):
        done = subprocess.run([PROGRAM, *words, "--config", self.config], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        said = done.stdout + done.stderr
        check(done.returncode == code, "exit %d, not %d\n%s" % (done.returncode, code, said))
        return said

    def add(self, *words, code=OK):
        return self.run("catalog", "add", "house", *words, code=code)

    def images_here(self):
        if not os.path.isdir(self.images):
            return []
        return sorted(name for name in os.listdir(self.images) if not name.startswith("."))

    def has(self, image, name, data):
        with open(os.path.join(self.images, image, name), "rb") as file:
            check(file.read() == data, "other bytes in %s/%s" % (image, name))


def sums_of(files):
    return "".join("%s  %s\n" % (sha256(data), name) for name, data in files.items()).encode()


def release(keys, *versions):
    """What a project publishes: images that are kernels, which recognises itself."""
    files = {"house-%s.bzImage" % version: kernel(version) for version in versions}
    sums = sums_of(files)
    web = {"/pub/" + name: data for name, data in files.items()}
    web.update({"/pub/SUMS": sums, "/pub/SUMS.sign": keys.detach(sums),
                "/pub/SUMS.inline": keys.clearsign(sums)})
    return web


def newest_and_signed(top, keys):
    """By a detached signature and an inline one; the newest wins; the second time nothing is fetched."""
    for way in ({"signature": "SUMS.sign"}, {"get": "SUMS.inline", "signed": "inline"}):
        server = Server(release(keys, "9.1", "10.0", "10.2"))
        place = Place(top, keys, server)
        place.offer(sums=dict({"get": "SUMS"}, **way))
        server.cuts = 1
        said = place.add()
        check("house-10.2 is on the menu: House Linux 10.2" in said and
              "signed by Distribution" in said and keys.good in said, said)
        place.has("house-10.2", "house-10.2.bzImage", kernel("10.2"))
        server.seen = []
        said = place.add()
        check("here already, as the image house-10.2" in said, said)
        check("/pub/house-10.2.bzImage" not in server.seen, server.seen)
        said = place.add("--release", "9")
        check("house-9.1" in said and place.images_here() == ["house-10.2", "house-9.1"], said)
        said = place.add("--release", "8", code=NOT_FOUND)
        check("of the release 8" in said, said)
        said = place.run("catalog", "list")
        check("10.2 as house-10.2, 9.1 as house-9.1" in said, said)
        origin = place.images + "/house-10.2/.origin.yaml"
        with open(origin, encoding="utf-8") as text:
            check(sha256(kernel("10.2")) in text.read(), "the origin has no digest")


def names_are_refused_early(top, keys):
    server = Server(release(keys, "1"))
    place = Place(top, keys, server)
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
    place.add("--name", "taken")
    server.seen = []
    said = place.add("--name", "taken", code=FAILED)
    check("already" in said and server.seen == [], "%s %s" % (said, server.seen))
    said = place.run("catalog", "add", "hose", code=NOT_FOUND)
    check("has no hose" in said, said)
    place.add("--arch", "mips", code=NOT_FOUND)
    place.add("--release", "../x", code=USAGE)
    place.add("--mirror", "/srv", code=USAGE)


def what_changes_is_refused(top, keys):
    """A changed file of digests, one signed by another, one without a signature, a changed image."""
    web = release(keys, "1")
    other = keys.public_key(keys.other)
    cases = (
        ("changed digests", {"/pub/SUMS": web["/pub/SUMS"] + b"\n"}, {}, "changed on its way"),
        ("another key", {"/pub/SUMS.sign": keys.detach(web["/pub/SUMS"], keys.other)}, {},
         "in none of the keyrings"),
        ("no signature", {"/pub/SUMS.sign": b"none"}, {}, "no signature"),
        ("a changed image", {"/pub/house-1.bzImage": kernel("2")}, {}, "not the file that was meant"),
        ("the digests are gone", {"/pub/SUMS": None}, {}, "answers 404"),
        ("no keyring", {}, {"keyrings": ["/absent.gpg"], "package": "house-keyring"},
         "apt-get install house-keyring"),
        ("a key that is in the keyring and not meant", {}, {"keys": [keys.other]},
         "not one that is meant"),
    )
    for name, change, more, words in cases:
        server = Server(dict(web, **change))
        place = Place(top, keys, server)
        place.offer(**dict({"sums": {"get": "SUMS", "signature": "SUMS.sign"}}, **more))
        said = place.add(code=NOT_FOUND if "404" in words else FAILED)
        check(words in said, "%s: %s" % (name, said))
        check(place.images_here() == [], "%s: %s" % (name, place.images_here()))
    place = Place(top, keys, Server(web))
    inline = keys.clearsign(b"x  y\n").replace(b"x  y", web["/pub/SUMS"].strip())
    place.server.files["/pub/SUMS"] = inline
    place.offer(sums={"get": "SUMS", "signed": "inline"})
    said = place.add(code=FAILED)
    check("changed on its way" in said, said)
    # Text before the signed part is no part of it.
    signed = keys.clearsign(b"nothing\n")
    place.server.files["/pub/SUMS"] = web["/pub/SUMS"] + signed
    place.add(code=FAILED)
    check(place.images_here() == [], place.images_here())
    place.server.files["/pub/SUMS"] = keys.clearsign(web["/pub/SUMS"])
    with open(place.folder + "/other.gpg", "wb") as out:
        out.write(other)
    said = place.add("--keyring", place.folder + "/other.gpg", code=FAILED)
    check("in none of the keyrings" in said, said)
    place.add("--keyring", place.keyring)


def outdated_keys_are_refused(top, keys):
    """Revoked since, and expired: whether the key came from a keyring or an address, and whoever is
    meant; a second signature by a key in force is enough."""
    web = release(keys, "1")
    sums = web["/pub/SUMS"]
    in_2020 = ("--faked-system-time", "20200101T120000")
    signatures = {keys.revoked: keys.detach(sums, keys.revoked, armoured=False),
                  keys.expired: keys.detach(sums, keys.expired, armoured=False, words=in_2020)}
    place = Place(top, keys, Server(dict(web, **{"/pub/SUMS.sign": signatures[keys.revoked]})))
    with open(place.keyring, "wb") as out:
        out.write(keys.public_key(keys.revoked))
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
    said = place.add()
    check("signed by Revoked" in said, "before it was revoked: " + said)
    keys.revoke(keys.revoked)
    for key, signature in signatures.items():
        for more in ({}, {"keys": [key]}, {"keyrings": ["/absent.gpg"], "keys": [key],
                                           "key_at": "KEY"}):
            here = dict(web, **{"/pub/SUMS.sign": signature,
                                "/pub/KEY": keys.public_key(key, armoured=True)})
            place = Place(top, keys, Server(here))
            with open(place.keyring, "wb") as out:
                out.write(keys.public_key(key))
            place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"}, **more)
            said = place.add(code=FAILED)
            check("has expired or was revoked" in said, "%s %s" % (more, said))
            check(place.images_here() == [], place.images_here())
        both = signature + keys.detach(sums, armoured=False)
        place = Place(top, keys, Server(dict(web, **{"/pub/SUMS.sign": both})))
        with open(place.keyring, "ab") as out:
            out.write(keys.public_key(key))
        place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
        said = place.add()
        check("signed by Distribution" in said, said)


def keys_are_fetched(top, keys):
    """From an address, armoured, and believed for their fingerprint alone."""
    web = release(keys, "1")
    web["/pub/KEY"] = keys.public_key(keys.good, armoured=True)
    for meant, code in ((keys.good, OK), (keys.other, FAILED)):
        place = Place(top, keys, Server(web))
        place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"}, keyrings=["/absent.gpg"],
                    keys=[meant], key_at="KEY")
        said = place.add(code=code)
        check(code == OK or "not one that is meant" in said, said)


def minisign(top, keys):
    web = release(keys, "1")
    web["/pub/SUMS.minisig"] = keys.minisig(top, web["/pub/SUMS"])
    place = Place(top, keys, Server(web))
    place.offer(sums={"get": "SUMS", "minisig": "SUMS.minisig"}, minisign=keys.minisign)
    web["/pub/SUMS"] += b"\n"
    said = place.add(code=FAILED)
    check("not signed by the minisign key" in said, said)
    web["/pub/SUMS"] = web["/pub/SUMS"][:-1]
    said = place.add()
    check("signed by minisign " + keys.minisign in said, said)


def unsigned(top, keys):
    """Not by plain HTTP, unless it is asked for; a signature of the file itself will do."""
    web = release(keys, "1")
    place = Place(top, keys, Server(web))
    place.offer(sums={"get": "SUMS", "unsigned": "true"})
    said = place.add(code=FAILED)
    check("without HTTPS" in said and "--unsigned" in said, said)
    said = place.add("--unsigned")
    check("not signed by its project" in said, said)
    web["/pub/house-1.bzImage.sig"] = keys.detach(kernel("1"), armoured=False)
    place = Place(top, keys, Server(web))
    place.offer(sums={"get": "SUMS", "unsigned": "true"}, signature="${file}.sig")
    said = place.add()
    check("signed by Distribution" in said, said)
    web["/pub/house-1.bzImage.sig"] = keys.detach(kernel("2"), armoured=False)
    place = Place(top, keys, Server(web))
    place.offer(sums={"get": "SUMS", "unsigned": "true"}, signature="${file}.sig")
    said = place.add(code=FAILED)
    check("changed on its way" in said and place.images_here() == [], said)


def listings(top, keys):
    """The release by a listing of the server, a tree of files by a chain of digests."""
    linux, initrd = kernel("tree"), b"an initrd" * 100
    sums = sums_of({"./netboot/boot/linux": linux, "./netboot/boot/initrd.gz": initrd,
                    "./other/linux": b"x"})
    release_file = (b"Codename: forky\nVersion: 14\nSHA256:\n %s %d main/SUMS\n" %
                    (sha256(sums).encode(), len(sums)))
    web = {"/pub/": b'<a href="../">..</a><a href="9/">9/</a><a href="14/">14/</a>',
           "/pub/14/InRelease": keys.clearsign(release_file), "/pub/14/main/SUMS": sums,
           "/pub/14/main/netboot/boot/linux": linux,
           "/pub/14/main/netboot/boot/initrd.gz": initrd}
    server = Server(web)
    place = Place(top, keys, server)
    offer = {"find": {"in": "", "word": "^${release}/$", "digits": "true"},
             "sums": [{"get": "${release}/InRelease", "signed": "inline",
                       "says": "^Codename: ${name}"}, {"get": "${release}/main/SUMS"}],
             "below": "netboot", "file": ["boot/linux", "boot/*.gz"],
             "writes": {"file": "image.yaml", "text": "kernel: boot/linux"},
             "image_name": "house-${name}"}
    place.offer(**offer)
    del web["/pub/14/main/netboot/boot/initrd.gz"]
    said = place.add(code=NOT_FOUND)
    check("initrd.gz" in said and place.images_here() == [], said)
    web["/pub/14/main/netboot/boot/initrd.gz"] = initrd
    server.seen = []
    place.add()
    check("/pub/14/main/netboot/boot/linux" not in server.seen, "what was whole came again")
    place.has("house-forky", "boot/linux", linux)
    place.has("house-forky", "boot/initrd.gz", initrd)
    left = [n for n in os.listdir(place.images) if n.startswith(".") and n != ".digests"]
    check(left == [], left)
    web["/pub/14/main/SUMS"] = sums + b"\n"
    said = place.add("--name", "x", code=FAILED)
    check("is not what" in said, said)
    said = place.add("--name", "x", "--release", "8", code=NOT_FOUND)
    check("lists no release 8" in said, said)


def updates(top, keys):
    server = Server(release(keys, "1.0"))
    place = Place(top, keys, server)
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
    check("no image came from the catalog yet" in place.run("catalog", "update"), "")
    place.add("--name", "mine")
    check("1.0 is the newest" in place.run("catalog", "update"), "")
    server.files = release(keys, "1.0", "1.1")
    check("1.0 is here, 1.1 is there" in place.run("catalog", "update", "--check"), "")
    check(place.images_here() == ["mine"], place.images_here())
    place.run("catalog", "update", "mine")
    check(place.images_here() == ["house-1.1", "mine"], place.images_here())
    said = place.run("catalog", "update")
    check("1.1 is here, too" in said and "1.1 is the newest" in said, said)
    server.files = release(keys, "1.2")
    place.run("catalog", "update", "mine", "--replace")
    place.has("mine", "house-1.2.bzImage", kernel("1.2"))
    check(place.images_here() == ["house-1.1", "mine"], place.images_here())
    place.run("catalog", "update", "absent", code=NOT_FOUND)


def sums_of_an_address(top, keys):
    """image add URL --sha256sums, alone and signed both ways."""
    web = release(keys, "1")
    server = Server(web)
    url = server.url + "/pub/house-1.bzImage"
    for words, code, says in (
            (("--sha256sums", server.url + "/pub/SUMS"), OK, "as asked for"),
            (("--sha256sums", server.url + "/pub/SUMS", "--signature", server.url + "/pub/SUMS.sign",
              "--keyring", "K"), OK, "is signed by Distribution"),
            (("--sha256sums", server.url + "/pub/SUMS.inline", "--keyring", "K"), OK,
             "is signed by Distribution"),
            (("--sha256sums", server.url + "/pub/SUMS.inline", "--keyring", "O"), FAILED,
             "in none of the keyrings"),
            (("--sha256sums", server.url + "/pub/SUMS.sign"), NOT_FOUND, "has no SHA-256"),
            (("--signature", "x"), USAGE, "--sha256sums")):
        place = Place(top, keys, server)
        with open(place.folder + "/other.gpg", "wb") as out:
            out.write(keys.public_key(keys.other, armoured=True))
        words = [{"K": place.keyring, "O": place.folder + "/other.gpg"}.get(w, w) for w in words]
        said = place.run("image", "add", url, *words, code=code)
        check(says in said, said)


def secrets_are_not_shown(top, keys):
    """Of an address with a password and a token: not in sentences, and not in what is kept of it."""
    web = release(keys, "1")
    web["/pub/big.bzImage"] = kernel("big", 600000)
    server = Server(web)
    with_secret = server.url.replace("http://", "http://user:s3cret@")
    place = Place(top, keys, server)
    image = with_secret + "/pub/house-1.bzImage?x=s3cret"
    for words, code, says in (
            ((with_secret + "/pub/none.iso?x=s3cret",), NOT_FOUND, "/pub/none.iso: the server"),
            ((image, "--sha256", "0" * 64), FAILED, "house-1.bzImage is not the file"),
            ((with_secret + "/?x=s3cret",), FAILED, "does not end in the name"),
            ((image,), OK, "house-1")):
        said = place.run("image", "add", *words, code=code)
        check(says in said and "s3cret" not in said, said)
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
    said = place.add("--mirror", with_secret + "/pub", "--name", "mirrored")
    check("s3cret" not in said, said)
    big = with_secret + "/pub/big.bzImage?x=s3cret"
    server.cuts = 1000
    said = place.run("image", "add", big, code=FAILED)
    check("goes on from there" in said and "s3cret" not in said, said)
    left = [name for name in os.listdir(place.images) if "big" in name]
    check(len(left) == 2, left) # the part, and the note of where it came from
    for folder, _, names in os.walk(place.images):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                check(b"s3cret" not in file.read(), "%s/%s has the secret" % (folder, name))
    had = sum(os.path.getsize(os.path.join(place.images, name)) for name in left)
    check(had > 50000, had)
    server.cuts, server.asked = 0, []
    place.run("image", "add", big, "--name", "big")
    check(server.asked[0] and server.asked[0] != "bytes=0-", server.asked)
    place.has("big", "big.bzImage", web["/pub/big.bzImage"])


def stamp(seconds):
    return email.utils.formatdate(seconds, usegmt=True).replace("GMT", "UTC").encode()


def dates_of_an_index(top, keys):
    """A signed index that has run out, one of the future, and one that is older than the one that
    was there before: apt's rules."""
    now = int(time.time())

    def held_out(dated, until=None, version="1", sums=None):
        data = kernel(version)
        sums = sums or sums_of({"house-%s.bzImage" % version: data})
        index = b"Suite: stable\nDate: %s\n%sSHA256:\n %s %d SUMS\n" % (
            stamp(dated), b"Valid-Until: %s\n" % stamp(until) if until else b"",
            sha256(sums).encode(), len(sums))
        return {"/pub/InRelease": keys.clearsign(index), "/pub/SUMS": sums,
                "/pub/house-%s.bzImage" % version: data}

    server = Server(held_out(now - 9000, now - 10))
    place = Place(top, keys, server)
    place.offer(sums=[{"get": "InRelease", "signed": "inline"}, {"get": "SUMS"}])
    said = place.add(code=FAILED)
    check("was good until" in said and "no longer updated" in said, said)
    said = place.run("catalog", "check", "house", code=FAILED)
    check("rotten" in said and "was good until" in said, said)
    server.files = held_out(now + 86400)
    said = place.add(code=FAILED)
    check("still to come" in said and place.images_here() == [], said)
    server.files = held_out(now - 1000, now + 86400, "2")
    place.add("--name", "mine")
    server.files = held_out(now - 5000, now + 86400, "1")
    said = place.run("catalog", "update", code=FAILED)
    check("mine: its signed index is of" in said and "--mirror" in said, said)
    check(place.images_here() == ["mine"], place.images_here())
    server.files = held_out(now - 500, now + 86400, "3")
    place.run("catalog", "update", "--replace")
    place.has("mine", "house-3.bzImage", kernel("3"))


def rot_is_told(top, keys):
    """catalog check: what is good, what moved, what is not reached; and no file is fetched."""
    server = Server(release(keys, "1.0", "1.1"))
    place = Place(top, keys, server)
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"})
    said = place.run("catalog", "check", "house", "memtest")
    check("good" in said and "1.1, " in said and "signed by Distribution" in said, said)
    check("memtest" in said and "package" in said, said)
    check("/pub/house-1.1.bzImage" not in server.seen, server.seen) # by HEAD alone
    check(server.looked == ["/pub/house-1.1.bzImage"] and place.images_here() == [], server.looked)
    row = json.loads(place.run("catalog", "check", "house", "--json"))["offers"][0]
    check(row["state"] == "good" and row["version"] == "1.1" and row["bytes"] == 200000, row)
    whole = dict(server.files)
    for name, change, words in (
            ("the file is gone", {"/pub/house-1.1.bzImage": None}, "house-1.1.bzImage: the server answers 404"),
            ("the digests are gone", {"/pub/SUMS": None}, "/pub/SUMS: the server answers 404"),
            ("signed by another", {"/pub/SUMS.sign": keys.detach(whole["/pub/SUMS"], keys.other)},
             "in none of the keyrings"),
            ("other names", {"/pub/SUMS": sums_of({"home-1.iso": b"x"}),
                             "/pub/SUMS.sign": keys.detach(sums_of({"home-1.iso": b"x"}))},
             "no digest of a file like")):
        server.files = dict(whole, **change)
        said = place.run("catalog", "check", "house", code=FAILED)
        check("rotten" in said and words in said, "%s: %s" % (name, said))
    server.shutdown()
    server.server_close()
    row = json.loads(place.run("catalog", "check", "house", "--json", code=FAILED))["offers"][0]
    check(row["state"] == "not reached", row)
    place.run("catalog", "check", "hose", code=NOT_FOUND)
    place.run("catalog", "check", "--mirror", server.url, code=USAGE)
    place.run("catalog", "check", "house", "--release", "../x", code=USAGE)


def netboot_xyz(top, keys):
    """Its release as GitHub has it: every file is elsewhere, by a redirect; its digests are held to."""
    latest, objects = "/netbootxyz/netboot.xyz/releases/latest/download/", "/objects/0123/"
    names = ("netboot.xyz.efi", "netboot.xyz-snponly.efi", "netboot.xyz.kpxe",
             "netboot.xyz-undionly.kpxe", "netboot.xyz.lkrn")
    files = {name: kernel(name) for name in names}
    others = {"netboot.xyz.iso": b"i" * 1000, "netboot.xyz-arm64.efi": b"a" * 1000}
    web = {objects + name: data for name, data in files.items()}
    web[objects + "netboot.xyz-sha256-checksums.txt"] = sums_of(dict(files, **others))
    server = Server(web)
    server.moved = {path.replace(objects, latest): path for path in web}
    place = Place(top, keys, server)
    words = ("catalog", "add", "netboot-xyz", "--mirror", server.url + latest)
    said = place.run(*words, code=FAILED)
    check("without HTTPS" in said, said)
    said = place.run(*words, "--unsigned")
    check("netboot-xyz is on the menu: netboot.xyz" in said and "${" not in said, said)
    for name, data in files.items():
        place.has("netboot-xyz", name, data)
    check(not any(name in path for path in server.seen for name in others), server.seen)
    said = place.run("image", "show", "netboot-xyz")
    check("netboot.xyz-snponly.efi" in said and "efi-x64" in said, said)
    said = place.run("image", "list")
    check("netboot-xyz.bios" in said and "netboot-xyz.kernel" in said, said)
    web[objects + "netboot.xyz.efi"] = kernel("another")
    said = place.run(*words, "--unsigned", "--name", "changed", code=FAILED)
    check("not the file that was meant" in said, said)


def own_faults(top, keys):
    place = Place(top, keys, Server({}))
    place.offer(sums={"get": "SUMS", "signature": "SUMS.sign"}, fill="x")
    said = place.run("catalog", "list")
    check("house.yaml is not used: line 1, column" in said and 'did you mean "file"?' in said, said)
    check("debian-netboot" in said, said)


def apt_words(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def mirror_of_apt():
    """The Debian mirror that apt is set up to use, and how to get at it."""
    rows = apt_words("apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(ORIGIN)")
    rows = sorted({tuple(row.split()) for row in rows.splitlines() if row.endswith(" Debian")})
    rows = [row for row in rows if "-" not in row[1]]
    check(rows, "apt has no Debian archive among its sources: run apt-get update first")
    proxy = apt_words("apt-config", "shell", "PROXY", "Acquire::http::Proxy").strip()
    proxies = {"http": proxy.split("'")[1]} if "'" in proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    return rows[0][0], rows[0][1], opener


def real_debian(top, keys):
    """InRelease and SHA256SUMS as they come from apt's mirror, with Debian's own keyring; the files
    they speak for are those of the packaged installer, when it is of the same build."""
    site, code_name, opener = mirror_of_apt()
    suite = "/debian/dists/%s/" % code_name
    images = suite + "main/installer-amd64/current/images/"
    web = {}
    for path in (suite + "InRelease", images + "SHA256SUMS"):
        with opener.open(site + path[len("/debian"):], timeout=60) as answer:
            web[path] = answer.read()
    packaged = "/usr/lib/debian-installer/images/%s/amd64/text/debian-installer/amd64/"
    folder = [packaged % n for n in os.listdir("/usr/lib/debian-installer/images")
              if os.path.isdir(packaged % n)][0]
    same = True
    for name in ("linux", "initrd.gz", "bootnetx64.efi", "grubx64.efi"):
        with open(folder + name, "rb") as file:
            data = file.read()
        web[images + "netboot/debian-installer/amd64/" + name] = data
        row = "%s  ./netboot/debian-installer/amd64/%s" % (sha256(data), name)
        same = same and row in web[images + "SHA256SUMS"].decode()
    place = Place(top, keys, Server(web))
    words = ("catalog", "add", "debian-netboot", "--release", code_name, "--mirror",
             place.server.url + "/debian")
    said = place.run(*words, code=OK if same else FAILED)
    if not same: # another build: its digests must keep it out
        check("not the file that was meant" in said, said)
        return
    check("debian-%s-netboot-amd64 is on the menu" % code_name in said and
          "signed by Debian" in said, said)
    said = place.run("image", "show", "debian-%s-netboot-amd64" % code_name)
    check("debian-installer/amd64/linux" in said and "preseed" in said, said)
    said = place.run("catalog", "check", *words[2:], code=OK)
    check("good" in said and "signed by Debian" in said, said)
    # Held out as the newest, it is taken only if it says that it is.
    for path in list(web):
        web[path.replace(suite, "/debian/dists/stable/")] = web[path]
    is_stable = b"\nSuite: stable\n" in web[suite + "InRelease"]
    said = place.run(*words[:3], *words[5:], "--name", "newest", code=OK if is_stable else FAILED)
    check(is_stable or "of another release" in said, said)
    # A byte of the signed file, and its signature is worth nothing.
    web[suite + "InRelease"] = web[suite + "InRelease"].replace(b"Debian", b"Dobian", 1)
    said = place.run(*words, "--name", "x", code=FAILED)
    check("changed on its way" in said, said)


CASES = (newest_and_signed, names_are_refused_early, what_changes_is_refused,
         outdated_keys_are_refused, keys_are_fetched, minisign, unsigned, listings, updates,
         sums_of_an_address, secrets_are_not_shown, dates_of_an_index, rot_is_told, netboot_xyz,
         own_faults, real_debian)


def main():
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="tugboot-catalog-")
    os.chmod(top, 0o755)
    keys = Keys(top)
    try:
        for case in CASES:
            if len(sys.argv) > 1 and case.__name__ not in sys.argv[1:]:
                continue
            tap.case(case.__name__.replace("_", " "), case, top, keys)
    finally:
        keys.end()
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""tugboot loader fetch, list, show and remove, against a web server on the loopback interface that
breaks off, cannot go on in the middle, sends too much, or another file. TAP lines on standard
output. The files are made here; the digests the person vouches for stand in for the pinned ones.
"""
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from tap import Skip, Tap, check  # noqa: E402

OK, FAILED, USAGE, NO_DAEMON, NOT_FOUND = range(5)
PROGRAM = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")
PLAIN = ("ipxe-shimx64.efi", "ipxe-shimaa64.efi", "mmx64.efi", "mmaa64.efi")
ARCHIVE = "ipxeboot.tar.gz"
SETS = {"snponly-shim": ("snponly.efi", "snponly-shimx64.efi", "mmx64.efi"),
         "ipxe-shim": ("ipxe.efi", "ipxe-shimx64.efi", "mmx64.efi"),
         "snponly-shim-arm64": ("snponly.efi", "snponly-shimaa64.efi", "mmaa64.efi"),
         "ipxe-shim-arm64": ("ipxe.efi", "ipxe-shimaa64.efi", "mmaa64.efi")}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Files:
    """What the projects would publish: contents by name, and of the archive by member."""

    def __init__(self):
        dice = random.Random(1)
        self.plain = {name: b"MZ" + dice.randbytes(40000) for name in PLAIN}
        self.members = {"ipxeboot/%s/%s" % (folder, name): b"MZ" + dice.randbytes(70000)
                        for folder in ("x86_64-sb", "arm64-sb", "x86_64")
                        for name in ("snponly.efi", "ipxe.efi")}
        self.plain[ARCHIVE] = self.pack(self.members)

    @staticmethod
    def pack(members):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as tar:
            link = tarfile.TarInfo("ipxeboot/x86_64-sb/ipxe-shim.efi")
            link.type, link.linkname = tarfile.SYMTYPE, "shimx64.efi"
            tar.addfile(link)
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def digests(self):
        return [word for data in self.plain.values() for word in ("--sha256", sha256(data))]

    def want(self, folder, name):
        if name.startswith("mm"):
            return self.plain[name]
        if "-shim" in name:
            return self.plain["ipxe-shim" + name.split("-shim")[1]]
        return self.members["ipxeboot/%s/%s" % (
            "arm64-sb" if folder.endswith("arm64") else "x86_64-sb", name)]


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`. `cuts`: how many answers break off after `cut_after` bytes of the body."""
    daemon_threads = True

    def __init__(self, files):
        self.files, self.cuts, self.cut_after, self.ranges = files, 0, 0, True
        self.endless, self.seen = None, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/mirror" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server, name = self.server, self.path.rsplit("/", 1)[1]
        asked = self.headers.get("Range")
        server.seen.append((name, asked))
        if name == server.endless:
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                return
        data = server.files.get(name)
        if data is None or not self.path.startswith("/mirror/"):
            self.send_error(404)
            return
        begin = 0
        if asked and server.ranges:
            begin = int(asked.split("=")[1].split("-")[0])
            if begin >= len(data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(data) - 1, len(data)))
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        rest = data[begin:]
        if server.cuts > 0 and len(rest) > server.cut_after:
            server.cuts -= 1
            self.wfile.write(rest[:server.cut_after])
            self.wfile.flush()
            self.close_connection = True
            try:
                self.connection.shutdown(2)
            except OSError:
                pass # the client was quicker
            return
        self.wfile.write(rest)


class Place:
    """A configuration with an empty loader folder."""

    def __init__(self, top):
        self.folder = tempfile.mkdtemp(dir=top)
        self.loaders = os.path.join(self.folder, "loaders")
        self.config = os.path.join(self.folder, "tugboot.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"state": self.folder + "/state", "images": self.folder + "/images",
                       "control": self.folder + "/control", "loaders": [self.loaders]}, out)

    def tugboot(self, *words, code=OK):
        done = subprocess.run([PROGRAM, *words, "--config", self.config],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        check(done.returncode == code, "tugboot %s: exit %d, not %d\n%s%s" % (
            " ".join(words)[:200], done.returncode, code, done.stdout, done.stderr))
        check(code == OK or done.stderr.startswith("tugboot: "), "no sentence: " + done.stderr)
        return done.stdout if code == OK else done.stderr

    def tree(self):
        return sorted(os.path.relpath(os.path.join(top, name), self.loaders)
                      for top, _, names in os.walk(self.loaders) for name in names)

    def check_whole(self, files):
        for folder, names in SETS.items():
            for name in names:
                with open(os.path.join(self.loaders, folder, name), "rb") as got:
                    check(got.read() == files.want(folder, name), "%s/%s" % (folder, name))
                check(os.stat(os.path.join(self.loaders, folder, name)).st_mode & 0o777 == 0o644,
                      "mode of " + name)
        check(self.tree() == sorted("%s/%s" % (folder, name) for folder, names in SETS.items()
                                    for name in names), self.tree())


def from_mirror(top, files):
    place, server = Place(top), Server(files.plain)
    said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests())
    place.check_whole(files)
    check("12 files of 'ipxe' in " + place.loaders in said, said)
    check("--loader ipxe-shim" in said, "it does not say what to do next: " + said)
    check(len(server.seen) == 5, server.seen)
    # They are known from now on, and a second run replaces them.
    here = json.loads(place.tugboot("loader", "list", "--here", "--json"))["loaders"]
    rows = [row for row in here if row["file"] == "loaders/ipxe-shim/ipxe.efi"]
    check(rows and rows[0]["place"] == place.loaders + "/ipxe-shim/ipxe.efi", here)
    check(rows[0]["chains"] == "ipxe-shim", rows)
    shown = place.tugboot("loader", "show", "loaders/ipxe-shim/ipxe.efi")
    check(sha256(files.want("ipxe-shim", "ipxe.efi")) in shown, shown)
    place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url + "/", *files.digests())
    place.check_whole(files)
    place.tugboot("loader", "show", "nonsense", code=NOT_FOUND)
    # And gone again.
    place.tugboot("loader", "remove", "snponly-shim")
    check(len(place.tree()) == 6 and "ipxe-shim/ipxe.efi" in place.tree(), place.tree())
    place.tugboot("loader", "remove", "ipxe")
    check(os.listdir(place.loaders) == [], place.tree())
    place.tugboot("loader", "remove", "ipxe", code=NOT_FOUND)


def from_folder(top, files):
    place, folder = Place(top), tempfile.mkdtemp(dir=top)
    for name, data in files.plain.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)
    said = place.tugboot("loader", "fetch", "ipxe", "--from", folder, code=FAILED)
    check(sha256(files.plain[ARCHIVE]) in said and "--sha256" in said, said)
    check(place.tree() == [], place.tree())
    place.tugboot("loader", "fetch", "ipxe", "--from", folder, *files.digests())
    place.check_whole(files)


def from_unpacked(top, files):
    """One pair, as a person has unpacked it."""
    place, folder = Place(top), tempfile.mkdtemp(dir=top)
    os.makedirs(folder + "/ipxe-shim")
    pair = (("ipxe-shim/ipxe.efi", files.want("ipxe-shim", "ipxe.efi")),
            ("ipxe-shimx64.efi", files.plain["ipxe-shimx64.efi"]))
    for name, data in pair:
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)
    digests = [word for _, data in pair for word in ("--sha256", sha256(data))]
    said = place.tugboot("loader", "fetch", "ipxe", "--from", folder, *digests[:2], code=FAILED)
    check(place.tree() == [], "half of it was taken: %s\n%s" % (place.tree(), said))
    place.tugboot("loader", "fetch", "ipxe", "--from", folder, *digests)
    check(place.tree() == ["ipxe-shim/ipxe-shimx64.efi", "ipxe-shim/ipxe.efi",
                           "snponly-shim/snponly-shimx64.efi"], place.tree())
    empty = tempfile.mkdtemp(dir=top)
    place.tugboot("loader", "fetch", "ipxe", "--from", empty, code=NOT_FOUND)
    one = os.path.join(empty, ARCHIVE)
    with open(one, "wb") as out:
        out.write(files.plain[ARCHIVE])
    place.tugboot("loader", "fetch", "ipxe", "--from", one, *files.digests())
    check("snponly-shim-arm64/snponly.efi" in place.tree(), place.tree())


def cut_and_resumed(top, files):
    place, server = Place(top), Server(files.plain)
    server.cuts, server.cut_after = 3, 30000
    place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests())
    place.check_whole(files)
    check([asked for _, asked in server.seen if asked], "nothing was asked from its middle")


def cut_without_ranges(top, files):
    place, server = Place(top), Server(files.plain)
    server.cuts, server.cut_after, server.ranges = 2, 30000, False
    place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests())
    place.check_whole(files)


def cut_for_good(top, files):
    """Nothing is put in place, what came is kept, and the next run goes on from there."""
    place, server = Place(top), Server(files.plain)
    server.cuts, server.cut_after = 1000, 1000
    said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests(),
                         code=FAILED)
    check("goes on from there" in said, said)
    left = place.tree()
    check(len(left) == 1 and left[0].startswith(".fetch/") and left[0].endswith(".part"), left)
    size = os.path.getsize(os.path.join(place.loaders, left[0]))
    check(size == 6000, size)
    server.cuts, server.seen = 0, []
    place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests())
    check(server.seen[0][1] == "bytes=6000-", server.seen)
    place.check_whole(files)


def another_half(top, files):
    """What an earlier run left is of another file: fetched once more, from its start."""
    place, server = Place(top), Server(files.plain)
    os.makedirs(place.loaders + "/.fetch")
    with open(place.loaders + "/.fetch/%s.part" % ARCHIVE, "wb") as out:
        out.write(b"x" * 5000)
    with open(place.loaders + "/.fetch/mmx64.efi.part", "wb") as out:
        out.write(b"x" * 900000) # longer than the file: the server answers 416
    place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests())
    place.check_whole(files)


def wrong_digest(top, files):
    place, changed = Place(top), dict(files.plain)
    changed["mmaa64.efi"] = changed["mmaa64.efi"][:-1] + b"?"
    server = Server(changed)
    said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests(),
                         code=FAILED)
    check("mmaa64.efi is not what is expected" in said and
          sha256(changed["mmaa64.efi"]) in said, said)
    check(not [name for name in place.tree() if "mmaa64" in name or not name.startswith(".")],
          place.tree())


def wrong_archive(top, files):
    whole = gzip.decompress(files.plain[ARCHIVE])
    for what, data in (("no archive", b"MZ no archive at all"),
                       ("cut", files.plain[ARCHIVE][:50000]),
                       ("damaged within", gzip.compress(whole[:512] + b"?" + whole[513:])),
                       ("without members", Files.pack({"readme": b"nothing"}))):
        place, wrong = Place(top), dict(files.plain)
        wrong[ARCHIVE] = data
        server = Server(wrong)
        said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests(),
                             "--sha256", sha256(data), code=FAILED)
        check("ipxeboot.tar.gz" in said and ("unpacked" in said or "does not hold" in said),
              "%s: %s" % (what, said))
        check(not [name for name in place.tree() if not name.startswith(".")],
              "%s: %s" % (what, place.tree()))


def too_much(top, files):
    place, server = Place(top), Server(files.plain)
    server.endless = ARCHIVE
    said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, code=FAILED)
    check("more than this file can have" in said, said)
    check(place.tree() == [], place.tree())


def not_there(top, _):
    place, server = Place(top), Server({})
    said = place.tugboot("loader", "fetch", "wimboot", "--mirror", server.url, code=NOT_FOUND)
    check("404" in said, said)
    check(place.tree() == [], place.tree())


def no_space(top, files):
    place, server = Place(top), Server(files.plain)
    os.makedirs(place.loaders)
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=128k", "none", place.loaders],
            capture_output=True, check=False).returncode:
        raise Skip("no small file system can be mounted here")
    try:
        said = place.tugboot("loader", "fetch", "ipxe", "--mirror", server.url, *files.digests(),
                             code=FAILED)
        check("room" in said or "No space left" in said, said)
        check(not [name for name in place.tree() if not name.startswith(".")], place.tree())
    finally:
        subprocess.run(["umount", place.loaders], check=True)


def misuse(top, _):
    place = Place(top)
    place.tugboot("loader", "fetch", "grub", code=NOT_FOUND)
    place.tugboot("loader", "fetch", "ipxe", "--mirror", "http://127.0.0.1:1/", "--from", top,
                  code=USAGE)
    place.tugboot("loader", "fetch", "ipxe", "--sha256", "abc", code=USAGE)
    said = place.tugboot("loader", "fetch", "ipxe", "--mirror", "file:///etc", code=FAILED)
    check("file:///etc" in said, said)
    check(place.tree() == [], place.tree())


CASES = (from_mirror, from_folder, from_unpacked, cut_and_resumed, cut_without_ranges,
         cut_for_good, another_half, wrong_digest, wrong_archive, too_much, not_there, no_space,
         misuse)


def main():
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)
    tap, files = Tap(), Files()
    top = tempfile.mkdtemp(prefix="tugboot-loader-")
    try:
        for case in CASES:
            tap.case(case.__name__.replace("_", " "), case, top, files)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

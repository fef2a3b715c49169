#!/usr/bin/env python3
"""tugboot image add URL, against a web server on the loopback interface that breaks off, cannot go
on in the middle, changes the file, or lies about its length. TAP lines on standard output.
"""
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

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from tap import Tap, check  # noqa: E402

OK, FAILED, USAGE, NO_DAEMON, NOT_FOUND = range(5)
PROGRAM = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")


def kernel(seed, size=300000):
    """Bytes with the header of a Linux kernel."""
    data = bytearray(random.Random(seed).randbytes(size))
    data[0:2] = b"\0\0"
    data[0x1f1] = 1
    data[0x1fe:0x200] = b"\x55\xaa"
    data[0x202:0x208] = b"HdrS\x0f\x02"
    return bytes(data)


class Server(http.server.ThreadingHTTPServer):
    """`cuts`: how many answers break off after `cut_after` bytes. `length`: what it says instead."""
    daemon_threads = True

    def __init__(self, data):
        self.data, self.cuts, self.cut_after, self.ranges = data, 0, 20000, True
        self.etag, self.length, self.seen = '"one"', None, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/pub/vmlinuz?mirror=/x" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what some of these cases are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server, asked, begin = self.server, self.headers.get("Range"), 0
        server.seen.append(asked)
        if not self.path.startswith("/pub/"):
            self.send_error(404)
            return
        whole = server.length or len(server.data)
        if asked and server.ranges:
            begin = int(asked.split("=")[1].split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, whole - 1, whole))
        else:
            self.send_response(200)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(whole - begin))
        self.end_headers()
        rest = server.data[begin:]
        is_cut = server.cuts > 0 and len(rest) > server.cut_after
        try:
            self.wfile.write(rest[:server.cut_after] if is_cut else rest)
            self.wfile.flush()
            if is_cut or server.length:
                server.cuts -= 1
                self.close_connection = True
                self.connection.shutdown(2)
        except OSError:
            pass # the client was quicker


class Place:
    def __init__(self, top):
        self.folder = tempfile.mkdtemp(dir=top)
        self.images = os.path.join(self.folder, "images")
        self.config = os.path.join(self.folder, "tugboot.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"state": self.folder + "/state", "images": self.images,
                       "control": self.folder + "/control"}, out)

    def add(self, url, *words, code=OK):
        done = subprocess.run([PROGRAM, "image", "add", url, "--config", self.config, *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False, umask=0o077)
        said = done.stdout + done.stderr
        check(done.returncode == code, "exit %d, not %d\n%s" % (done.returncode, code, said))
        return said

    def tree(self):
        """Without the records of digests, which are `image verify`'s own."""
        names = (os.path.relpath(os.path.join(top, name), self.images)
                 for top, _, names in os.walk(self.images) for name in names)
        return sorted(name for name in names if not name.startswith(".digests/"))

    def check_whole(self, data, name="linux"):
        check(self.tree() == [name + "/image.yaml", name + "/vmlinuz"], self.tree())
        path = os.path.join(self.images, name, "vmlinuz")
        with open(path, "rb") as got:
            check(got.read() == data, "other bytes")
        check(os.stat(path).st_mode & 0o777 == 0o644, "the daemon cannot read it")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def whole(top):
    place, data = Place(top), kernel(1)
    server = Server(data)
    said = place.add(server.url, "--name", "linux", "--title", "Fetched",
                     "--sha256", sha256(data).upper())
    check("Fetched" in said and sha256(data) + ", as asked for" in said, said)
    place.check_whole(data)
    server.seen = []
    said = place.add(server.url, "--name", "linux", code=FAILED)
    check("already" in said and server.seen == [], "%s\n%s" % (said, server.seen))
    # A name that comes out of the file is known only then: what was fetched is kept.
    place.add(server.url)
    said = place.add(server.url, code=FAILED)
    check("already" in said and "kept" in said, said)
    server.seen = []
    # The server is asked whether it still has this file, and sends its last byte.
    place.add(server.url, "--name", "other")
    check(server.seen == ["bytes=%d-" % (len(data) - 1)], "it was fetched again: %s" % server.seen)
    with open(place.images + "/other/vmlinuz", "rb") as got:
        check(got.read() == data, "other bytes")
    # Another file there by now: what was kept is not used.
    place.add(server.url, code=FAILED)
    server.data, server.etag = kernel(9), '"other"'
    said = place.add(server.url, "--name", "newer")
    check("has changed on the server" in said, said)
    with open(place.images + "/newer/vmlinuz", "rb") as got:
        check(got.read() == server.data, "the older bytes")


def resumed(top):
    """Within a run, and by the next."""
    for ranges in (True, False):
        place, data = Place(top), kernel(2)
        server = Server(data)
        server.cuts, server.ranges = 2, ranges
        place.add(server.url, "--name", "linux", "--sha256", sha256(data))
        place.check_whole(data)
    place, server = Place(top), Server(data)
    server.cuts = 1000
    said = place.add(server.url, "--name", "linux", code=FAILED)
    check("goes on from there" in said, said)
    check(place.tree() == [".vmlinuz.part", ".vmlinuz.part.note"], place.tree())
    server.cuts, server.seen = 0, []
    place.add(server.url, "--name", "linux", "--sha256", sha256(data))
    check(server.seen == ["bytes=120000-"], server.seen)
    place.check_whole(data)


def changed(top):
    """By entity tag, by length, and with a note nobody can read."""
    for etag, data in (('"two"', kernel(3)), (None, kernel(3)), ('"one"', kernel(3, 250000))):
        place, server = Place(top), Server(kernel(4))
        server.cuts = 1000
        place.add(server.url, "--name", "linux", code=FAILED)
        server.cuts, server.data, server.etag = 0, data, etag
        said = place.add(server.url, "--name", "linux", "--sha256", sha256(data))
        check("has changed on the server" in said, said)
        place.check_whole(data)
    for note in (b"", b"\0" * 100, b"x\n" * 3, b"y" * 20000,
                 b"%s\n\n\n99999999999999999999999\n"):
        place, server = Place(top), Server(kernel(5))
        os.makedirs(place.images)
        with open(place.images + "/.vmlinuz.part", "wb") as out:
            out.write(b"?" * 5000)
        with open(place.images + "/.vmlinuz.part.note", "wb") as out:
            out.write(note.replace(b"%s", sha256(server.url.encode()).encode()))
        place.add(server.url, "--name", "linux")
        check(server.seen == [None], server.seen)
        place.check_whole(server.data)


def wrong_digest(top):
    place, server = Place(top), Server(kernel(6))
    said = place.add(server.url, "--sha256", "0" * 64, code=FAILED)
    check("0" * 64 in said and sha256(server.data) in said and "removed" in said, said)
    check(place.tree() == [], place.tree())


def no_room(top):
    place, server = Place(top), Server(kernel(7))
    server.length = 1 << 60
    said = place.add(server.url, code=FAILED)
    check("too little room" in said and len(server.seen) == 1, said)
    check(place.tree() == [], place.tree())


def lies(top):
    """Fewer bytes than were announced are no whole file."""
    place, server = Place(top), Server(kernel(8))
    server.length = len(server.data) + 1000
    place.add(server.url, "--name", "linux", code=FAILED)
    check(not [name for name in place.tree() if not name.startswith(".")], place.tree())


def not_taken(top):
    place, server = Place(top), Server(b"<html>sign in first</html>" * 100)
    place.add(server.url, code=NOT_FOUND)
    check(place.tree() == [], place.tree())
    place.add(server.url.replace("/pub/", "/absent/"), code=NOT_FOUND)
    check(place.tree() == [], place.tree())
    place.add(server.url.split("vmlinuz")[0], code=FAILED)
    place.add(server.url, "--sha256", "abc", code=USAGE)
    place.add(PROGRAM, "--sha256", "0" * 64, code=USAGE)


CASES = (whole, resumed, changed, wrong_digest, no_room, lies, not_taken)


def main():
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="tugboot-import-")
    try:
        for case in CASES:
            tap.case(case.__name__.replace("_", " "), case, top)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Files that are not what they seem, or change while they are sent, in the folder of `files:` and in
an image; images that come and go. TAP lines on standard output.

  file_faults.py [CASE...]
"""
import os
import shutil
import socket
import time

import ground
from ground import LabError, Tugboot, check, wait_until

MIB = 1 << 20


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)


def image(folder, name, kernel=b"\x7fkernel", more=None):
    """An image folder, as a person would write it."""
    path = os.path.join(folder, name)
    write(path + "/linux", kernel)
    write(path + "/initrd.gz", b"initrd")
    with open(path + "/image.yaml", "w", encoding="ascii") as out:
        out.write("title: %s\nkernel: linux\ninitrd: [initrd.gz]\n"
                  "architectures: [efi-x64]\n" % name)
    for file, data in (more or {}).items():
        write(os.path.join(path, file), data)
    return path


def special_files_are_refused(g):
    """A FIFO, a device, a socket, a folder, a link in a circle and an unreadable name: refused at
    once by name, by both protocols, in `files:` and in an image; others are served meanwhile."""
    files, images = g.path("files"), g.path("images")
    write(files + "/good", b"good")
    path = image(images, "test", more={"good": b"good"})
    for folder in (files, path):
        os.mkfifo(folder + "/fifo")
        os.mknod(folder + "/device", 0o644 | 0o020000, os.makedev(1, 5))  # /dev/zero
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(os.path.relpath(folder + "/socket"))
        sock.close()
        os.mkdir(folder + "/folder")
        os.symlink("circle", folder + "/circle")
        os.symlink("fifo", folder + "/link-to-fifo")
        os.symlink("/dev/zero", folder + "/link-to-zero")
    tug = Tugboot(g, "off", {"files": files}).start()
    for prefix in ("", "images/test/"):
        for name in ("fifo", "device", "socket", "folder", "circle", "link-to-fifo",
                     "link-to-zero", "good/below", "x" * 300):
            status, body = ground.http_get(g, "/" + prefix + name)
            check(status in (403, 404), "HTTP %s: %d" % (prefix + name, status))
            try:
                data = ground.tftp_get(g, prefix + name)
                raise LabError("TFTP %s: %r" % (prefix + name, data[:20]))
            except ground.TftpRefused as refused:
                check(str(refused), "TFTP %s: an ERROR without words" % name)
        check(ground.http_get(g, "/" + prefix + "good") == (200, b"good"), "HTTP %sgood" % prefix)
        check(ground.tftp_get(g, prefix + "good") == b"good", "TFTP %sgood" % prefix)
    for words in ("FIFO", "device"):
        tug.expect_event(words, 2)
    tug.end()


def cut_by_http(g, path, harm):
    """Read slowly, harm the file in mid-transfer: (bytes got, whether it looked whole)."""
    sock = g.socket(kind=socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    sock.settimeout(5)
    sock.connect((ground.SERVER, 80))
    sock.sendall(b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    got = sock.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    check(b" 200 " in head.splitlines()[0], "no 200: %r" % head[:60])
    length = int([line.split(b":")[1] for line in head.splitlines()
                  if line.lower().startswith(b"content-length")][0])
    count = len(body)
    harm()
    try:
        while count < length:
            more = sock.recv(1 << 16)
            if not more:
                return count, False, "closed"
            count += len(more)
    except ConnectionResetError:
        return count, False, "reset"
    finally:
        sock.close()
    return count, True, "whole"


def files_that_change_under_way(g):
    """Shrunk in mid-transfer: HTTP cuts the connection, TFTP sends an ERROR, neither looks whole.
    Removed or replaced in mid-transfer: the old bytes, all of them, or a cut; never a mixture."""
    files, images = g.path("files"), g.path("images")
    size = 24 * MIB
    old, new = b"\xaa" * size, b"\xbb" * size
    where = {"": files, "images/test/": images + "/test"}
    write(files + "/big", old)
    image(images, "test", more={"big": old})
    tug = Tugboot(g, "off", {"files": files}).start()
    for prefix, folder in where.items():
        big = folder + "/big"
        count, whole, how = cut_by_http(g, prefix + "big", lambda: os.truncate(big, MIB))
        check(not whole, "HTTP %s: %d bytes of a shrunk file looked whole" % (prefix, count))
        tug.expect_event(r"could not be read to its end", 3)
        write(big, old)
        done = []

        def shrink(count, done=done, big=big):
            if not done:
                done.append(os.truncate(big, 500))
        try:
            data = ground.tftp_get(g, prefix + "big", between=shrink)
            raise LabError("TFTP %s: %d bytes of a shrunk file looked whole" % (prefix, len(data)))
        except ground.TftpRefused as refused:
            check(str(refused), "an ERROR without words")
        write(big, old)
        for harm in (lambda: os.unlink(big),
                     lambda: (write(big + ".new", new), os.rename(big + ".new", big))):
            count, whole, how = cut_by_http(g, prefix + "big", harm)
            check(whole, "HTTP %s: a removed or replaced file was cut after %d" % (prefix, count))
            write(big, old)
        status, body = ground.http_get(g, "/" + prefix + "big")
        check((status, len(body)) == (200, size), "no good answer afterwards: %d, %d" % (
            status, len(body)))
        os.unlink(big)
        check(ground.http_get(g, "/" + prefix + "big")[0] == 404, "no 404 for a vanished file")
    tug.end()


def menu_of(g):
    """What the iPXE of some UEFI machine is shown."""
    status, body = ground.http_get(
        g, "/boot.ipxe?mac=52:54:00:aa:bb:cc&buildarch=x86_64&platform=efi")
    check(status == 200, "no script: %d %r" % (status, body[:80]))
    return body.decode()


def images_come_and_go(g):
    """A folder copied in while serving is on the menu within 3 s, a removed one is off it, and a
    transfer from it goes on to its end or is cut; the rest is served all the time."""
    images = g.path("images")
    image(images, "first")
    tug = Tugboot(g, "off")
    os.mkdir(g.path("etc"))  # what lies beside the configuration may be read
    os.rename(tug.config, g.path("etc/tugboot.yaml"))
    tug.config = g.path("etc/tugboot.yaml")
    tug.start()
    check("first" in menu_of(g) and "second" not in menu_of(g), "the menu at start:\n" + menu_of(g))
    image(g.path("elsewhere"), "second", kernel=b"\xcc" * (24 * MIB))
    begin = time.monotonic()
    shutil.copytree(g.path("elsewhere/second"), images + "/second")
    wait_until(3, "a new image is on the menu", lambda: "second" in menu_of(g))
    came = time.monotonic() - begin
    check(ground.http_get(g, "/images/second/linux")[1] == b"\xcc" * (24 * MIB), "its kernel")

    def remove():
        shutil.rmtree(images + "/second")
        wait_until(3, "a removed image is off the menu", lambda: "second" not in menu_of(g))
    count, whole, how = cut_by_http(g, "images/second/linux", remove)
    check(whole == (count == 24 * MIB), "%d bytes, %s" % (count, how))
    check(ground.http_get(g, "/images/second/linux")[0] == 404, "still served after its removal")
    check(ground.http_get(g, "/images/first/linux")[0] == 200, "the other image is gone as well")
    # One that is in the way of being written: no half entry, and not a word of alarm that stays.
    os.makedirs(images + "/broken")
    with open(images + "/broken/image.yaml", "w", encoding="ascii") as out:
        out.write("kernel: [\n")
    tug.expect_event(r"image broken is not on the menu", 4)
    check("broken" not in menu_of(g) and "first" in menu_of(g), "the menu with a broken image")
    image(images, "broken")
    wait_until(4, "the mended image is on the menu", lambda: "broken" in menu_of(g))
    # The folder itself replaced: it may read only the one it started with, and says what to do.
    os.rename(images, images + ".old")
    shutil.copytree(images + ".old", images)
    tug.expect_event(r"restart tugboot", 9)
    check("first" not in menu_of(g), "the menu shows what cannot be fetched")
    tug.end()
    tug.start()
    check("first" in menu_of(g), "the menu after the restart")
    tug.end()
    return "on the menu after %.1f s, transfer of the removed one: %s" % (came, how)


if __name__ == "__main__":
    ground.main((special_files_are_refused, files_that_change_under_way,
                 images_come_and_go))

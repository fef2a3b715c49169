"""Photographs of a virtual machine's screen, and what a reader of QR codes sees on them."""
import json
import shutil
import socket
import subprocess
import time

from lab import LabError


def missing():
    return [] if shutil.which("zbarimg") else ["zbarimg (zbar-tools)"]


def words(path):
    """QEMU's words for a machine whose screen is to be photographed: a display, and a line to QMP."""
    return ["-machine", "graphics=on", "-vga", "std", "-qmp", "unix:%s,server=on,wait=off" % path]


def take(path, picture):
    """The screen now, as a picture in PNG."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(path)
        stream = line.makefile("rw", encoding="utf-8")
        stream.readline()
        for order in ({"execute": "qmp_capabilities"},
                      {"execute": "screendump", "arguments": {"filename": picture, "format": "png"}}):
            stream.write(json.dumps(order) + "\n")
            stream.flush()
            while True:
                answer = json.loads(stream.readline())
                if "error" in answer:
                    raise LabError("QEMU: %s" % answer["error"])
                if "return" in answer:
                    break


def code_on(path, picture, seconds=60):
    """What the QR code says that the screen shows, or comes to show."""
    until = time.monotonic() + seconds
    while True:
        take(path, picture)
        seen = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture],
                              capture_output=True, text=True, check=False).stdout.strip()
        if seen:
            return seen
        if time.monotonic() > until:
            raise LabError("no code to be read on " + picture)
        time.sleep(1)

"""A machine waits with a number and a code on its screen; a reader finds the code on a photograph of
it and is led to the page, the choice is made there in a browser of a phone's size, and the machine
boots it. GRUB shows the number and the address alone."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "web"))

import browser  # noqa: E402  pylint: disable=wrong-import-position
import lab as lab_module  # noqa: E402  pylint: disable=wrong-import-position
import photo  # noqa: E402  pylint: disable=wrong-import-position

TITLE = "iPXE of BIOS and UEFI waits with a QR code, GRUB with a number, for a choice on a phone"
KINDS = ("bios", "uefi-pxe")
WAYS = (("bios", "ipxe", True), ("uefi-pxe", "ipxe", True), ("uefi-pxe", "grub", False))


def one(trial, kind, loader, has_code):
    token, mac = trial.token(), "52:54:00:c0:de:01"
    lab = trial.lab()
    server = trial.server(lab, "server", token, menu={"timeout": "1s", "default": "pick"},
                          hosts=[{"name": "desk", "mac": mac, "loader": loader}]).start()
    line = lab.path("qmp")
    machine = trial.machine(lab, kind, mac=mac, words=photo.words(line)).start()
    number = server.expect_event(r"waits for a choice on a phone: number (\d{4})", 240).group(1)
    code = "HTTP://%s/%s" % (lab_module.SERVER, number)
    if has_code:
        seen = photo.code_on(line, lab.path("screen.png"))
        assert seen == code, seen
    words, environment = browser.words_for(lab, server, "pick.mjs", mac=mac, code=code, number=number)
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    machine.expect_kernel(token)
    server.expect_event("debian-12 was chosen on a phone")
    machine.stop()
    return "%s, %s, number %s: its kernel" % (kind, loader, number)


def run(trial):
    trial.need_tugboot()
    gone = browser.missing() + photo.missing()
    if gone:
        trial.skip("missing here: %s; ./dev deps web test installs it" % ", ".join(gone))
    return "; ".join(one(trial, *way) for way in WAYS)

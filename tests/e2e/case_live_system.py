"""A live system of Debian, made for this run, in an ISO dropped in: recognised by its recipe, and booted by
SeaBIOS and OVMF until its own root, fetched by HTTP out of the ISO, tells its token."""
import os
import shutil

import live_system

TITLE = "a Debian live system out of its ISO, under BIOS and UEFI"
KINDS = ("bios", "uefi-pxe")


def run(trial):
    trial.need_tugboot()
    if live_system.missing():
        trial.skip(live_system.missing())
    lab = trial.lab()
    iso, token = live_system.make(os.path.dirname(trial.folder))
    machines = [trial.machine(lab, "bios", "livebios", memory=1536),
                trial.machine(lab, "uefi-pxe", "liveuefi", memory=1536)]
    server = trial.server(lab, "server", trial.token(), hosts=[
        {"name": m.name, "mac": m.mac, "boot": "debian-live", "arguments": "console=ttyS0,115200"}
        for m in machines]).start()
    shutil.copy(iso, lab.path("images/debian-live.iso"))
    server.expect_event(r"on offer: images 4,", 30)
    shown = server.tool("image", "recognise", lab.path("images/debian-live.iso"))
    if "debian-live matches" not in shown:
        raise AssertionError(shown)
    seen = []
    for machine in machines:
        machine.start()
        machine.expect("live: token " + token, 420)
        machine.expect(r"live: debian \d+, \d+ packages, root on overlay", 30)
        seen.append("%s after %.0f s" % (machine.kind, machine.seconds()))
        machine.stop()
    server.expect_event(r"live/filesystem\.squashfs")
    return "; ".join(seen)

"""memtest86+ of Debian's package, recognised by its files, under BIOS and under UEFI: it shows itself on
the serial port."""
import os

MEMTEST = "/boot/memtest86+x64.bin"
MEMTEST_EFI = "/boot/memtest86+x64.efi"
TITLE = "memtest86+ under BIOS and UEFI"
KINDS = ("bios", "uefi-pxe")
SCREEN = r"Memtest86\+[ v0-9.]+"


def run(trial):
    trial.need_tugboot()
    for path in (MEMTEST, MEMTEST_EFI):
        if not os.path.exists(path):
            trial.skip("no %s here (package memtest86+)" % path)
    lab = trial.lab()
    server = trial.server(lab, "server", trial.token(), menu={"timeout": "5s"})
    server.tool("image", "add", MEMTEST, "--args", "console=ttyS0,115200")
    server.tool("image", "add", MEMTEST_EFI, "--name", "memtest-efi", "--args", "console=ttyS0,115200")
    server.start()
    said = []
    for kind, image in (("bios", "memtest"), ("uefi-pxe", "memtest-efi")):
        machine = trial.machine(lab, kind)
        server.tool("host", "add", kind, "--mac", machine.mac, "--boot", image)
        machine.start()
        machine.expect(SCREEN, 180)
        server.expect_event(machine.mac + r".*" + image + " is on its way")
        said.append("%s: %.0f s" % (kind, machine.seconds()))
        machine.stop()
    return ", ".join(said)

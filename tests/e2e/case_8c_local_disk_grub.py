"""Secure Boot on, a host that boots from its own disk: GRUB from the network finds the boot loader
there, and the shim on the disk starts the GRUB on the disk."""
import shutil
import struct

import lab as lab_module

TITLE = "Secure Boot by PXE: on to the local disk, by GRUB"
KINDS = ("secure-pxe",)
SHIM, GRUB = "/usr/lib/shim/shimx64.efi.signed", "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"


def make_disk(lab, token):
    """A disk with a partition as Debian's installer leaves it, whose GRUB says the token."""
    path, partition = lab.path("disk.img"), lab.path("disk.img") + "@@1M"
    with open(path, "wb") as image: # an MBR with one EFI system partition from 1 MiB on
        image.write(bytes(446) + struct.pack("<B3sB3sII", 0, b"\xff" * 3, 0xef, b"\xff" * 3, 2048,
                                             (47 << 20) // 512) + bytes(48) + b"\x55\xaa")
        image.truncate(48 << 20)
    with open(lab.path("grub.cfg"), "w", encoding="ascii") as config:
        config.write("echo the disk says %s\nhalt\n" % token)
    lab_module.command("mformat", "-i", partition, "-T", str((47 << 20) // 512), "-h", "64", "-s",
                       "32", "-F", "::")
    lab_module.command("mmd", "-i", partition, "::/EFI", "::/EFI/debian")
    for source, name in ((SHIM, "shimx64.efi"), (GRUB, "grubx64.efi"),
                         (lab.path("grub.cfg"), "grub.cfg")):
        lab_module.command("mcopy", "-i", partition, source, "::/EFI/debian/" + name)
    return path


def run(trial):
    trial.need_tugboot()
    if not shutil.which("mformat"):
        trial.skip("no mtools here (package mtools)")
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "secure-pxe", disk=make_disk(lab, token))
    server = trial.server(lab, "server", token, hosts=[
        {"name": "node1", "mac": machine.mac, "loader": "grub", "boot": "local"}]).start()
    machine.start()
    machine.expect(r"NBP filename is shimx64\.efi", 180)
    machine.expect(r"tugboot: on to the local disk", 120)
    seen = machine.expect(r"the disk says " + token, 120)[0]
    server.expect_event(r"got its GRUB configuration: local disk")
    server.expect_event(r"boots from its own disk")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

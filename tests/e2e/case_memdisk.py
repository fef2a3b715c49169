"""Images that nobody knows, dropped in: a floppy and a small hard disk, whose own boot sector reads a
random token from the next sector by the BIOS and sends it to the serial port. syslinux' memdisk, from
the distribution's package, keeps them in memory."""
import os

from lab import LabError

TITLE = "an unknown floppy and disk image boot from memory by memdisk"
KINDS = ("bios",)
MEMDISK = "/usr/lib/syslinux/memdisk"
# At 0x7c00: read the second sector of the drive in DL, and send what stands there, up to a zero.
BOOT_SECTOR = bytes.fromhex(
    "fc31c08ed88ec08ed0bc007c"   # cld; ds, es, ss = 0; sp = 7c00
    "b80102bb007eb9020030f6cd13" # one sector, cylinder 0, head 0, sector 2, to 7e00
    "be007e"                     # si = 7e00
    "ac84c0741188c4bafd03eca82074fb88e0b2f8eeebea" # send; 3fd, bit 5: the line is free
    "f4ebfd")                    # halt


def image(text, size, partition=False):
    """A disk image whose second sector is the text."""
    sector = bytearray(512)
    sector[:len(BOOT_SECTOR)] = BOOT_SECTOR
    if partition:
        sector[446:462] = bytes.fromhex("800101000c0f3f00") + bytes((63, 0, 0, 0, 193, 31, 0, 0))
    sector[510:] = b"\x55\xaa"
    return bytes(sector) + text.encode().ljust(512, b"\0") + bytes(size - 1024)


def run(trial):
    trial.need_tugboot()
    if not os.path.exists(MEMDISK):
        trial.skip("no memdisk here (package syslinux-common)")
    words, lab = {"floppy": trial.token(), "disk": trial.token()}, trial.lab()
    machine = trial.machine(lab, "bios", "old")
    server = trial.server(lab, "server", trial.token()).start()
    server.tool("host", "add", "old", "--mac", machine.mac, "--boot", "tool")
    for name, size in (("tool", 1474560), ("drive", 8 << 20)):
        floppy = name == "tool"
        text = "\r\nhere is %s %s\r\n" % (name, words["floppy" if floppy else "disk"])
        with open(lab.path("images/.%s" % name), "wb") as out:
            out.write(image(text, size, not floppy))
        os.rename(lab.path("images/.%s" % name), lab.path("images/%s.img" % name))
    server.expect_event(r"on offer: images 6,", 20)
    told = server.tool("explain", "--mac", machine.mac, "--arch", "bios-x86")
    if "memdisk keeps the whole image in memory" not in told or "untested here" not in told:
        raise LabError("explain does not say it:\n" + told)
    shown = server.tool("image", "recognise", lab.path("images/drive.img"))
    if "drive.memdisk:" not in shown or "harddisk raw" not in shown:
        raise LabError("the disk's other way is not told:\n" + shown)
    machine.start()
    machine.expect("here is tool " + words["floppy"], 240)
    server.tool("host", "boot", "old", "--image", "drive.memdisk")
    machine.start()
    machine.expect("here is drive " + words["disk"], 240)
    return "console: %s, then %s" % (words["floppy"], words["disk"])

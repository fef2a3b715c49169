"""Firmware and `tugboot inspect` decide the same: OVMF with Microsoft's keys and Secure Boot on is
given each of these programs on a disk of its own, and starts or refuses it as was foretold."""
import json
import os
import re
import subprocess

from lab import LabError

TITLE = "OVMF with Secure Boot decides as inspect foretells, also about damaged files"
KINDS = ("secure-pxe",)
SHIM = "/usr/lib/shim/shimx64.efi.signed"
GRUB = "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"
IPXE = "/boot/ipxe.efi"
# OVMF's package of variables has Microsoft's certificates of 2011 alone in its db.
FIRMWARE = "microsoft-2011"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def changed(data, at):
    copy = bytearray(data)
    copy[at] ^= 0x01
    return bytes(copy)


def programs():
    """Name and contents; each starts or is refused for another reason."""
    shim = read(SHIM)
    pe = int.from_bytes(shim[0x3c:0x40], "little")
    table = int.from_bytes(shim[pe + 24 + 144:pe + 24 + 148], "little")
    return [
        ("unsigned", read(IPXE)),
        ("damaged", changed(shim, 0x20000)),
        ("header-damaged", changed(shim, 0x45)),
        ("signature-damaged", changed(changed(shim, table + 0x300), table + 0x2640 + 0x300)),
        ("vendor-signed", read(GRUB)),
        ("cut", shim[:len(shim) // 2]),
        ("one-of-two-signatures", changed(shim, table + 0x300)),
        ("checksum-changed", changed(shim, pe + 24 + 64)),
        ("signed", shim),
    ]


def make_disk(path, program):
    """A FAT disk that starts this program and has nothing else."""
    for words in (["mformat", "-C", "-i", path, "-T", "32768", "-h", "64", "-s", "32", "::"],
                  ["mmd", "-i", path, "::/EFI", "::/EFI/BOOT"],
                  ["mcopy", "-i", path, program, "::/EFI/BOOT/BOOTX64.EFI"]):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError("%s: %s" % (" ".join(words), done.stderr))


def run(trial):
    trial.need_tugboot()
    for path in (SHIM, GRUB, IPXE):
        if not os.path.exists(path):
            trial.skip("no %s here" % path)
    lab = trial.lab()
    server = trial.server(lab, "server", trial.token())
    names, disks, foretold = [], [], {}
    for name, data in programs():
        path = lab.path(name + ".efi")
        with open(path, "wb") as file:
            file.write(data)
        make_disk(lab.path(name + ".img"), path)
        said = subprocess.run([server.program, "inspect", "--json", path], capture_output=True,
                              text=True, check=False).stdout
        facts = json.loads(said)["files"][0]
        foretold[name] = facts.get("firmware", {}).get(FIRMWARE, False)
        names.append(name)
        disks.append(lab.path(name + ".img"))
    machine = trial.machine(lab, "secure-pxe", disks=disks).start()
    # The network comes after all disks.
    machine.expect(r"BdsDxe: (?:loading|starting|failed to load) Boot\w+ \"UEFI PXEv4", 400)
    seen = {}
    for number, name in enumerate(names):
        place = r"\"[^\"]*\" from \S*Pci\(0x%X,0x0\)" % (0x10 + number)
        seen[name] = re.search(r"BdsDxe: starting Boot\w+ " + place, machine.text()) is not None
        if not seen[name] and not re.search(
                r"BdsDxe: failed to load Boot\w+ %s: \w" % place, machine.text()):
            raise LabError("the firmware did not try %s:\n%s" % (name, machine.text()))
    if seen != foretold:
        raise AssertionError("the firmware: %s, inspect: %s" % (seen, foretold))
    if not any(seen.values()) or all(seen.values()):
        raise AssertionError("the firmware decides all alike: %s" % seen)
    refused = [name for name in names if not seen[name]]
    return "started: %s; refused: %s" % (
        ", ".join(name for name in names if seen[name]), ", ".join(refused))

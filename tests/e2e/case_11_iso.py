"""An ISO with the installer's kernel and initrd, dropped into the folder of a running tugboot: a
machine with SeaBIOS and its iPXE ROM boots out of it, and one with OVMF from its PXE stack on."""
import os
import re
import shutil
import subprocess

import servers
from lab import LabError

TITLE = "an ISO dropped in: BIOS and UEFI boot the kernel that lies in it"
KINDS = ("bios", "uefi-pxe")


def make_iso(lab):
    """The packaged kernel and initrd as they lie on a disc; its path."""
    tree, iso = lab.path("tree"), lab.path("disc.iso")
    os.makedirs(os.path.join(tree, "boot"))
    for name, source in (("vmlinuz", "linux"), ("initrd.gz", "initrd.gz")):
        shutil.copy(os.path.join(servers.INSTALLER_FILES, source),
                    os.path.join(tree, "boot", name))
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-o", iso, tree],
                   check=True, capture_output=True)
    return iso


def run(trial):
    trial.need_tugboot()
    if not shutil.which("xorriso"):
        trial.skip("no xorriso here")
    token = trial.token()
    lab = trial.lab()
    machines = [("bios", trial.machine(lab, "bios", name="bios")),
                ("uefi", trial.machine(lab, "uefi-pxe", name="uefi"))]
    hosts = [{"name": name, "mac": machine.mac, "boot": "disc",
              "arguments": servers.kernel_arguments(token)} for name, machine in machines]
    server = trial.server(lab, "server", token, hosts=hosts).start()
    server.expect_event(r"tugboot \S+ serves ", 20)
    images = int(re.search(r"menu +(\d+) image", server.events()).group(1))
    shutil.copy(make_iso(lab), lab.path("images"))
    server.expect_event(r"on offer: images %d," % (images + 1), 20)
    seen = []
    for name, machine in machines:
        machine.start()
        line, mark = machine.expect_kernel(token)[0], len(server.events())
        seen.append("%s: %s" % (name, line))
        machine.stop()
        if "images/disc/boot/initrd.gz" not in server.events()[:mark]:
            raise LabError("the initrd did not come out of the ISO")
    return "; ".join(seen)

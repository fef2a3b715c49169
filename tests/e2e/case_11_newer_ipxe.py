"""The iPXE of Debian 13, five years of changes after Debian 12's, put into the loader folder: BIOS by
PXE, UEFI by HTTP Boot, and arm64, for which Debian 12 has none, by PXE."""
import os
import shutil

import newer_ipxe
import servers

TITLE = "newer iPXE: BIOS by PXE, UEFI by HTTP Boot, arm64 by PXE, each to the kernel"
KINDS = ("bios-plain", "uefi-http", "arm64-pxe")


def run(trial):
    trial.need_tugboot()
    if not os.path.isdir(servers.INSTALLER_ARM64):
        trial.skip("no arm64 installer here (package debian-installer-12-netboot-arm64)")
    token, lab = trial.token(), trial.lab()
    os.makedirs(lab.path("loaders"))
    for name in ("undionly.kpxe", "ipxe.efi", "ipxe-arm64.efi"):
        shutil.copy(newer_ipxe.program(name), lab.path("loaders"))
    server = trial.server(lab, "server", token, loaders=[lab.path("loaders")],
                          chains=["undionly", "ipxe"], menu={"timeout": "3s"})
    server.add_arm64_image("debian-12-arm64", token)
    server.start()
    said = []
    for kind, image in (("bios-plain", servers.IMAGE), ("uefi-http", servers.IMAGE),
                        ("arm64-pxe", "debian-12-arm64")):
        machine = trial.machine(lab, kind)
        server.tool("host", "add", kind, "--mac", machine.mac, "--boot", image)
        machine.start()
        machine.expect(r"iPXE initialising devices", 240)
        machine.expect(r"iPXE (?:1\.21\.1\+|[2-9])", 60)
        machine.expect_kernel(token)
        said.append("%s: kernel after %.0f s" % (kind, machine.seconds()))
        machine.stop()
    return "; ".join(said)

"""AAVMF by PXE: the signed shim and GRUB that Debian's arm64 installer comes with, the menu made for
this machine, and the kernel. An x64 server has no other package with them."""
import os

import case_8a_secure_grub as x64
import servers

TITLE = "arm64 by PXE: shim, GRUB, our menu, kernel"
KINDS = ("arm64-pxe",)


def run(trial):
    trial.need_tugboot()
    if not os.path.isdir(servers.INSTALLER_ARM64):
        trial.skip("no arm64 installer here (package debian-installer-12-netboot-arm64)")
    token = trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token, menu={
        "title": "Menu " + token, "timeout": "5s", "default": "debian-12-arm64"})
    server.add_arm64_image("debian-12-arm64", token)
    server.start()
    machine = trial.machine(lab, "arm64-pxe").start()
    x64.expect_menu(machine, "Menu " + token, "shimaa64.efi")
    seen = machine.expect_kernel(token)[0]
    x64.expect_timeline(server, "debian-12-arm64")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

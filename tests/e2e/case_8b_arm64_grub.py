"""AAVMF by PXE: the signed shim and GRUB that Debian's arm64 installer comes with (an x64 server has
no other package with them), and a one-shot boot without a menu, used up by it."""
import os

import case_8a_secure_grub as x64
import servers

TITLE = "arm64 by PXE: shim, GRUB, one-shot boot, kernel"
KINDS = ("arm64-pxe",)


def run(trial):
    trial.need_tugboot()
    if not os.path.isdir(servers.INSTALLER_ARM64):
        trial.skip("no arm64 installer here (package debian-installer-12-netboot-arm64)")
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "arm64-pxe")
    server = trial.server(lab, "server", token)
    server.add_arm64_image("debian-12-arm64", token)
    server.start()
    server.tool("host", "add", "node1", "--mac", machine.mac, "--boot", "menu")
    server.tool("host", "set", "node1", "--next-boot", "debian-12-arm64")
    machine.start()
    x64.expect_menu(machine, r"tugboot: Esc for the menu, else Debian", "shimaa64.efi")
    seen = machine.expect_kernel(token)[0]
    x64.expect_timeline(server, "debian-12-arm64")
    server.expect_event(r"one-shot boot of debian-12-arm64 is used up")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

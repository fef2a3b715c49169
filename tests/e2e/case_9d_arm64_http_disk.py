"""AAVMF by HTTP Boot: the boot disk for arm64, of Debian's signed shim and network GRUB, whose
configuration it finds on the disk."""
import os

import case_9a_secure_http_disk as x64
import servers

TITLE = "arm64 by HTTP Boot: the boot disk of an assigned image"
KINDS = ("arm64-http",)


def run(trial):
    trial.need_tugboot()
    if not os.path.isdir(servers.INSTALLER_ARM64):
        trial.skip("no arm64 installer here (package debian-installer-12-netboot-arm64)")
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "arm64-http")
    server = trial.server(lab, "server", token, hosts=[
        {"name": "node1", "mac": machine.mac, "boot": "debian-12-arm64"}])
    server.add_arm64_image("debian-12-arm64", token)
    server.start()
    machine.start()
    x64.expect_disk(machine, server, "debian-12-arm64")
    seen = machine.expect_kernel(token)[0]
    server.expect_event(r"debian-12-arm64 is on its way")
    if x64.asked_besides(machine, server):
        raise AssertionError("more than the disk was asked for: %s" %
                             x64.asked_besides(machine, server))
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

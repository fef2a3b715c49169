"""As case 9b, where the images are too large for a disk: it has the menu alone. Its GRUB gets an
address from the foreign DHCP server by itself and fetches what is chosen from tugboot by TFTP. The
initrd is small: GRUB's TFTP under emulation moves 0.3 MiB a second. (It must not fit one block:
GRUB 2.06 starts the kernel without acknowledging that.)"""
import gzip
import os
import shutil

import case_9a_secure_http_disk as assigned
import servers

TITLE = "proxy beside a DHCP server: Secure Boot by HTTP Boot, the small disk, kernel by TFTP"
KINDS = assigned.KINDS


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab(foreign=True)
    folder = lab.path("kernel")
    os.makedirs(folder)
    shutil.copy(servers.INSTALLER_FILES + "/linux", folder)
    with gzip.open(os.path.join(folder, "initrd.gz"), "wb") as out:
        out.write(os.urandom(200000))
    server = trial.server_class(lab, "proxy", {"bootdisk": {"menu-max": 0}, "menu": {
        "title": "Menu " + token, "timeout": "5s", "default": "kernel"}})
    server.tool("image", "add", folder, "--name", "kernel", "--args",
                servers.kernel_arguments(token))
    server.start()
    machine = trial.machine(lab, "secure-http").start()
    assigned.expect_disk(machine, server, "menu")
    machine.expect("Menu " + token, 120)
    server.expect_event(r"has \S*images/kernel/linux: .* by TFTP", 240)
    seen = machine.expect_kernel(token)[0]
    assigned.expect_secure(machine)
    server.expect_event(r"kernel is on its way")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

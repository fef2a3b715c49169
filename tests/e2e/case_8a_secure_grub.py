"""OVMF with Microsoft's keys and Secure Boot on, by PXE: the distribution's signed shim and network
GRUB, the menu made for this machine, and the signed kernel, up to the installer's first question."""
TITLE = "Secure Boot by PXE: shim, signed GRUB, our menu, signed kernel"
KINDS = ("secure-pxe",)


def expect_menu(machine, title, shim):
    machine.expect(r"NBP filename is %s" % shim.replace(".", r"\."), 180)
    machine.expect(r"Welcome to GRUB!", 120)
    machine.expect(title, 60)


def expect_timeline(server, image):
    """Kernel and initrd are stages of the boot, and what shim and GRUB look for besides is no news."""
    server.expect_event(r"got its GRUB configuration: " + image)
    server.expect_event(r" kernel +has images/%s/\S+linux: .* by TFTP" % image)
    server.expect_event(r" kernel +has images/%s/\S+initrd\.gz: .* by TFTP" % image)
    server.expect_event(image + " is on its way")
    for line in server.events().splitlines():
        if "not here" in line or "gave up" in line or "fell silent" in line:
            raise AssertionError("told as amiss: " + line)


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "secure-pxe")
    server = trial.server(lab, "server", token,
                          menu={"title": "Menu " + token, "timeout": "5s", "default": "debian-12"},
                          hosts=[{"name": "node1", "mac": machine.mac, "loader": "grub"}]).start()
    machine.start()
    expect_menu(machine, "Menu " + token, "shimx64.efi")
    server.expect_event(r"got its GRUB configuration: menu")
    machine.expect(r"UEFI Secure Boot is enabled", 300)
    seen = machine.expect_kernel(token)[0]
    machine.expect(r"Kernel is locked down from EFI Secure Boot", 60)
    machine.expect(r"secureboot: Secure boot enabled", 60)
    expect_timeline(server, "debian-12")
    machine.expect_installer()
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

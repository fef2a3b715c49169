"""Secure Boot on, PXE: Debian's shim, its signed GRUB, our menu, the signed kernel."""
TITLE = "Secure Boot on: PXE, shim, signed GRUB, our menu, signed kernel"
KINDS = ("secure-pxe",)
MAC = "52:54:00:78:00:01"


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token,
                          menu={"title": "Menu " + token, "timeout": "5s", "default": "debian-12"},
                          hosts=[{"name": "secured", "mac": MAC, "loader": "grub"}]).start()
    machine = trial.machine(lab, "secure-pxe", "secured", MAC).start()
    machine.expect(r"NBP filename is shimx64\.efi", 180)
    machine.expect("Menu " + token, 120)
    seen = machine.expect_kernel(token)[0]
    machine.expect(r"secureboot: Secure boot enabled", 60)
    server.expect_event(r"got its GRUB configuration: menu")
    server.expect_event(r"got its GRUB configuration: debian-12")
    server.expect_event(r"debian-12 is on its way")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

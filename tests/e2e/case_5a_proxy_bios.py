"""As case 1, with the address from a plain foreign DHCP server and the boot from tugboot as proxy."""
TITLE = "proxy beside a DHCP server: BIOS, iPXE ROM, menu, kernel"
KINDS = ("bios",)


def run(trial):
    token, title = trial.token(), "lab " + trial.token()
    lab = trial.lab(foreign=True)
    server = trial.server(lab, "proxy", token,
                          menu={"title": title, "timeout": "5s", "default": "debian-12"}).start()
    machine = trial.machine(lab, "bios").start()
    if server.name == "tugboot":
        machine.expect(title, 120)
    seen = machine.expect_kernel(token)[0]
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

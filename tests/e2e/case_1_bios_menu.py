"""SeaBIOS and its iPXE ROM: the menu with this run's title, its default after the time-out, the kernel."""
TITLE = "BIOS, iPXE ROM, menu, kernel"
KINDS = ("bios",)


def run(trial):
    token, title = trial.token(), "lab " + trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token,
                          menu={"title": title, "timeout": "5s", "default": "debian-12"}).start()
    machine = trial.machine(lab, "bios").start()
    if server.name == "tugboot":
        machine.expect(title, 120)
    seen = machine.expect_kernel(token)[0]
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

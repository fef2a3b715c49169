"""A PXE ROM that is not iPXE (see plain_rom.py) is given undionly.kpxe by TFTP, which boots on."""

TITLE = "BIOS, plain PXE ROM, undionly.kpxe by TFTP, kernel"
KINDS = ("bios-plain",)


def run(trial):
    token = trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token,
                          menu={"timeout": "5s", "default": "debian-12"}).start()
    machine = trial.machine(lab, "bios-plain").start()
    # The ROM says what it loads and from where; then the loaded program introduces itself.
    machine.expect(r"tftp://192\.168\.77\.1/\S*undionly\.kpxe", 120)
    machine.expect(r"iPXE initialising devices", 60)
    seen = machine.expect_kernel(token)[0]
    assert "undionly.kpxe" in server.events(), "the server tells of no undionly.kpxe"
    assert "first TFTP request" in machine.shim.text()
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

"""OVMF's HTTP Boot over IPv4 loads iPXE from a URL, which boots the kernel. No TFTP takes part."""
TITLE = "UEFI HTTP Boot, iPXE by HTTP, kernel"
KINDS = ("uefi-http",)


def boot(trial, mode="server", **lab_options):
    token = trial.token()
    lab = trial.lab(**lab_options)
    trial.server(lab, mode, token, menu={"timeout": "5s", "default": "debian-12"},
                 chains=["ipxe"]).start()
    machine = trial.machine(lab, "uefi-http").start()
    machine.expect(r"Start HTTP Boot over IPv4", 120)
    machine.expect(r"URI: http://192\.168\.77\.1\S*\.efi", 120)
    machine.expect(r"iPXE initialising devices", 60)
    seen = machine.expect_kernel(token)[0]
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())


def run(trial):
    return boot(trial)

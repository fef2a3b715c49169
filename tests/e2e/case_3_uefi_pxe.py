"""OVMF's own PXE stack over IPv4 loads iPXE by TFTP, which boots the kernel."""
TITLE = "UEFI PXE IPv4, iPXE by TFTP, kernel"
KINDS = ("uefi-pxe",)


def boot(trial, mode="server", **lab_options):
    token = trial.token()
    lab = trial.lab(**lab_options)
    trial.server(lab, mode, token, menu={"timeout": "5s", "default": "debian-12"},
                 chains=["ipxe"]).start()
    machine = trial.machine(lab, "uefi-pxe").start()
    machine.expect(r"Start PXE over IPv4", 120)
    machine.expect(r"NBP filename is [^\n]*\.efi", 120)
    machine.expect(r"iPXE initialising devices", 60)
    seen = machine.expect_kernel(token)[0]
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())


def run(trial):
    return boot(trial)

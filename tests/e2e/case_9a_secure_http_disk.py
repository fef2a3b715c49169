"""OVMF with Microsoft's keys and Secure Boot on, by HTTP Boot: one disk image is fetched, made for
this machine of the distribution's signed shim, GRUB and kernel, and nothing else."""
import re

TITLE = "Secure Boot by HTTP Boot: the boot disk of an assigned image"
KINDS = ("secure-http",)
OF_THE_DISK = re.compile(r" its boot disk| is on its way")


def expect_disk(machine, server, what):
    """The machine fetches its disk whole; what it has asked for besides, as lines of its timeline."""
    machine.expect(r"Start HTTP Boot over IPv4", 120)
    machine.expect(r"URI: http://192\.168\.77\.1/disk/%s\.img" % machine.mac.replace(":", "-"), 120)
    machine.expect(r"Welcome to GRUB!", 300)
    server.expect_event(r"fetches its boot disk \(%s, " % what)
    server.expect_event(r"has its boot disk \(%s\): " % what)


def asked_besides(machine, server):
    lines = [line for line in server.events().splitlines() if machine.mac in line]
    return [line for line in lines if not OF_THE_DISK.search(line) and " dhcp " not in line]


def expect_secure(machine):
    machine.expect(r"Kernel is locked down from EFI Secure Boot", 60)


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "secure-http")
    server = trial.server(lab, "server", token, hosts=[
        {"name": "node1", "mac": machine.mac, "boot": "debian-12"}]).start()
    machine.start()
    expect_disk(machine, server, "debian-12")
    seen = machine.expect_kernel(token)[0]
    expect_secure(machine)
    server.expect_event(r"debian-12 is on its way")
    if asked_besides(machine, server):
        raise AssertionError("more than the disk was asked for: %s" % asked_besides(machine, server))
    machine.expect_installer()
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

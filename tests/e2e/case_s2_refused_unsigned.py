"""OVMF with Microsoft's keys and Secure Boot on is given unsigned iPXE first. The firmware refuses it
and goes on to its next boot entry; the timeline says why, and the machine boots by signed chains from
then on: by the boot disk at once, and by shim and GRUB at its next PXE boot, also after tugboot was
started anew."""
TITLE = "Secure Boot refuses unsigned iPXE: told, and followed by signed chains"
KINDS = ("secure-pxe",)


def expect_refusal(machine, server):
    machine.expect(r"NBP filename is ipxe\.efi", 180)
    machine.expect(r"Access Denied|Security Violation", 120)
    server.expect_event(r"offered [0-9.]+, start http://192\.168\.77\.1/disk/", 240)
    server.expect_event(r"ipxe did not start last time; trying disk")
    server.expect_event(r"refused by Secure Boot, probably \(it is not signed\)\. It is given the "
                        r"signed chain disk now")


def expect_explained(server, mac):
    said = server.tool("explain", "--mac", mac, "--kind", "pxe", "--arch", "efi-x64")
    for wanted in ("firmware is told to start shimx64.efi",
                   "ipxe (iPXE): ready, not with Secure Boot: it is not signed; did not start this "
                   "machine last time (1 of 1)"):
        if wanted not in said:
            raise AssertionError("explain does not say '%s': %s" % (wanted, said))


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab()
    machine = trial.machine(lab, "secure-pxe")
    server = trial.server(lab, "server", token, chains=["ipxe", "grub", "disk"],
                          menu={"timeout": "5s", "default": "debian-12"},
                          hosts=[{"name": "node1", "mac": machine.mac, "boot": "debian-12"}]).start()
    machine.start()
    expect_refusal(machine, server)
    machine.expect_kernel(token)
    by_disk = machine.seconds()
    expect_explained(server, machine.mac)

    machine.stop()
    server.stop()
    server.start()
    machine.start()
    machine.expect(r"NBP filename is shimx64\.efi", 180)
    seen = machine.expect_kernel(token)[0]
    return "console: %s (%.0f s after power-on; by the disk, after the refusal, %.0f s)" % (
        seen, machine.seconds(), by_disk)

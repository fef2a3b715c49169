"""A machine in Setup Mode boots the enrol program from the network and enrols this site's own keys by
itself. With Secure Boot on, iPXE and a kernel signed with the own key boot by PXE and by HTTP Boot;
the unsigned iPXE is refused by the firmware."""
import time

from lab import LabError

TITLE = "own keys: enrolled from Setup Mode by network; signed iPXE boots, unsigned is refused"
KINDS = ("secure-pxe", "secure-http")
EMPTY_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
LOCKED = r"(?i)secure ?boot(?:: Secure boot)? enabled|locked down from EFI Secure Boot"


def ended(machine, seconds):
    """Wait until the machine switched itself off, which with -no-reboot is its reset."""
    until = time.monotonic() + seconds
    while machine.qemu.running():
        if time.monotonic() > until:
            raise LabError("%s did not start again:\n%s" % (machine.name, machine.text()[-2000:]))
        time.sleep(0.5)


def run(trial):
    trial.need_tugboot()
    token, lab = trial.token(), trial.lab()
    server = trial.server(lab, "server", token, menu={"timeout": "5s", "default": "debian-12"},
                          loaders=[lab.path("loaders")])
    mac = "52:54:00:0e:4b:01"
    server.tool("keys", "init", "--name", "tugboot lab")
    server.tool("keys", "sign", "--loaders")
    server.tool("keys", "sign", "--image", "debian-12")
    server.tool("keys", "enroll-media", "--only-own", "--image", "--output", lab.path("media"))
    server.start()
    server.tool("host", "add", "fresh", "--mac", mac, "--loader", "ipxe")
    server.tool("keys", "enroll", "fresh")

    machine = trial.machine(lab, "secure-pxe", name="fresh", mac=mac, variables=EMPTY_VARIABLES,
                            keep_variables=True).start()
    machine.expect(r"Secure Boot is off, and the machine is in Setup Mode", 300)
    machine.expect(r"3/3 PK: enrolled, 1 in it", 60)
    machine.expect(r"the machine has left Setup Mode", 30)
    ended(machine, 60)
    said = "enrolled after %.0f s" % machine.seconds()

    server.tool("host", "set", "fresh", "--loader", "own")
    machine.start()
    machine.expect(r"NBP filename is \S*own-ipxe\.efi", 240)
    machine.expect_kernel(token, 300)
    machine.expect(LOCKED, 60)
    said += "; PXE: kernel after %.0f s, Secure Boot on" % machine.seconds()
    machine.stop()

    by_http = trial.machine(lab, "secure-http", name="fresh-http", mac=mac,
                            variables=lab.path("fresh.vars")).start()
    by_http.expect(r"URI: http://\S*own-ipxe\.efi", 300)
    by_http.expect_kernel(token, 300)
    by_http.expect(LOCKED, 60)
    said += "; HTTP: after %.0f s" % by_http.seconds()
    by_http.stop()

    server.tool("host", "set", "fresh", "--loader", "ipxe")
    machine.start()
    machine.expect(r"NBP filename is \S*(?<!own-)ipxe\.efi", 240)
    machine.expect(r"Access Denied", 60)
    if "iPXE initialising" in machine.text():
        raise LabError("the unsigned iPXE was started:\n" + machine.text()[-2000:])
    return said + "; unsigned: Access Denied"

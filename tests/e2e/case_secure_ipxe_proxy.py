"""Secure Boot on, beside a plain foreign DHCP server: the firmware loads a signed shim by PXE, that
its iPXE from the folder of the pair, and that the kernel. The pair is a stand-in for the iPXE
project's, signed with the key the firmware trusts; the unsigned iPXE of the package is not used."""
import os

import run as runner
import servers
import signing

TITLE = "proxy, Secure Boot, PXE: signed shim, signed iPXE, kernel"
KINDS = ("secure-pxe",)


def run(trial):
    trial.need_tugboot()
    if signing.missing():
        raise runner.Skip(signing.missing())
    token = trial.token()
    lab = trial.lab(foreign=True)
    loaders = lab.path("loaders")
    signer = signing.Signer(lab.path("keys"))
    signer.ipxe_pair(os.path.join(loaders, "ipxe-shim"))
    mac = "52:54:00:5b:00:01"
    server = trial.server(lab, "proxy", token, loaders=[loaders],
                          menu={"timeout": "5s", "default": servers.IMAGE},
                          hosts=[{"name": "pinned", "mac": mac, "loader": "ipxe-shim"}]).start()
    machine = trial.machine(lab, "secure-pxe", mac=mac, variables=signing.VARIABLES).start()
    machine.expect(r"NBP filename is loaders/ipxe-shim/ipxe-shimx64\.efi", 200)
    machine.expect(r"iPXE initialising devices", 120)
    seen = machine.expect_kernel(token)[0]
    server.expect_event(r"loaders/ipxe-shim/[^ ]*\.efi")
    machine.expect(r"(?i)secure ?boot enabled", 60)
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

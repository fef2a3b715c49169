"""Secure Boot on, beside a plain foreign DHCP server: the firmware loads a signed shim by PXE, that
its iPXE from beside itself, and that the kernel. The pair is a stand-in for the iPXE project's,
signed with the key the firmware trusts, and fetched while tugboot runs."""
import os

import run as runner
import servers
import signing

TITLE = "proxy, Secure Boot, PXE: fetched signed shim, signed iPXE, kernel"
KINDS = ("secure-pxe",)


def run(trial):
    trial.need_tugboot()
    if signing.missing():
        raise runner.Skip(signing.missing())
    token = trial.token()
    lab = trial.lab(foreign=True)
    signer = signing.Signer(lab.path("keys"))
    digests = signer.ipxe_pair(lab.path("published/ipxe-shim"))
    server = trial.server(lab, "proxy", token, loaders=[lab.path("loaders")],
                          menu={"timeout": "5s", "default": servers.IMAGE}).start()
    server.tool("loader", "fetch", "ipxe", "--from", lab.path("published"),
                *[word for digest in digests for word in ("--sha256", digest)])
    machine = trial.machine(lab, "secure-pxe", variables=signing.VARIABLES).start()
    machine.expect(r"NBP filename is loaders/ipxe-shim/ipxe-shimx64\.efi", 200)
    machine.expect(r"iPXE initialising devices", 120)
    seen = machine.expect_kernel(token)[0]
    machine.expect(r"(?i)secure ?boot enabled", 60)
    for name in ("ipxe-shimx64.efi", "ipxe.efi"):
        server.expect_event(r"loaders/ipxe-shim/" + name)
    assert os.path.exists(lab.path("loaders/ipxe-shim/ipxe.efi"))
    machine.expect_installer()
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

"""Secure Boot on, with Microsoft's keys and this site's own beside them, all enrolled from Setup Mode by
the media tugboot makes. A newer iPXE, signed by the own key, is refused an unsigned program; its menu
marks that entry and no other. The distribution's kernel, which the firmware does not know either,
starts by the `shim` command through the distribution's shim."""
import os
import shutil

import newer_ipxe
import run as runner
import signing
from case_s3_own_keys import EMPTY_VARIABLES, LOCKED, ended
from lab import LabError

TITLE = "own-signed newer iPXE, Secure Boot: marks in the menu, kernel by the shim command"
KINDS = ("secure-pxe",)
SHIM = "/usr/lib/shim/shimx64.efi.signed"
UNSIGNED = "/boot/memtest86+x64.efi"


def run(trial):
    trial.need_tugboot()
    if not os.path.exists(UNSIGNED):
        raise runner.Skip("no %s here (package memtest86+)" % UNSIGNED)
    token, lab = trial.token(), trial.lab()
    os.makedirs(lab.path("loaders"))
    shutil.copy(newer_ipxe.program(), lab.path("loaders/ipxe.efi"))
    server = trial.server(lab, "server", token, loaders=[lab.path("loaders")],
                          menu={"timeout": "0s", "title": "Menu " + token, "default": "debian-12"})
    server.tool("image", "add", UNSIGNED, "--name", "memtest")
    mac = "52:54:00:0e:4b:04"
    server.tool("keys", "init", "--name", "tugboot lab")
    server.tool("keys", "sign", "--loaders")
    microsoft = signing.certificate_of(SHIM, "Microsoft Corporation UEFI CA 2011", lab.path(""))
    server.tool("keys", "enroll-media", "--image", "--with", microsoft, "--output",
                lab.path("media"))
    server.start()
    server.tool("host", "add", "fresh", "--mac", mac, "--loader", "ipxe")
    server.tool("keys", "enroll", "fresh")

    machine = trial.machine(lab, "secure-pxe", name="fresh", mac=mac, variables=EMPTY_VARIABLES,
                            keep_variables=True).start()
    machine.expect(r"the machine has left Setup Mode", 360)
    ended(machine, 60)

    server.tool("host", "set", "fresh", "--loader", "own", "--next-boot", "memtest")
    machine.start()
    machine.expect(r"NBP filename is \S*own-ipxe\.efi", 240)
    machine.expect(r"could not be started", 120)
    machine.type("x")
    machine.expect("Menu " + token, 60)
    machine.expect(r"Boot from local disk", 30)
    marked = [line for line in machine.screen().splitlines() if "Secure Boot refuses it" in line]
    if len(marked) != 1 or "memtest" not in marked[0].lower():
        raise LabError("marked is not what the firmware refuses:\n" + machine.screen())
    machine.type("\r")
    machine.expect_kernel(token, 300)
    machine.expect(LOCKED, 60)
    server.expect_event(r"bootnetx64\.efi: .* by HTTP")
    return "menu marks the unsigned entry only; kernel by shim after %.0f s" % machine.seconds()

"""A LAN whose DHCP server is somebody else's (dnsmasq, Kea or ISC dhcpd) and got the settings that
`tugboot dhcp-snippet` wrote for it. tugboot gives files only: its own DHCP is off."""
import json
import os
import subprocess

import lab as lab_module

NETWORK, ADDRESS = lab_module.NETWORK, lab_module.FOREIGN
FIRST, LAST = NETWORK + ".100", NETWORK + ".199"


def settings(lab, server, name):
    """What dhcp-snippet prints for a file; its note for people goes to standard error."""
    done = subprocess.run(
        ["ip", "netns", "exec", lab.server, server.program, "dhcp-snippet", name, "--config",
         server.config], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    if done.returncode:
        raise lab_module.LabError("dhcp-snippet %s: %s" % (name, done.stderr))
    return done.stdout


def start(lab, server, name):
    """Start that server with its settings, in a place of its own on the LAN."""
    space = lab.namespace("other")
    lab.cable(space, "eth0", "br0", ADDRESS)
    config, words, ready = _SERVERS[name](lab, settings(lab, server, name))
    path = lab.path(name + ".conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(config)
    environment = dict(os.environ, KEA_PIDFILE_DIR=lab.folder, KEA_LOCKFILE_DIR="none",
                       KEA_LOGGER_DESTINATION="stdout")
    process = lab.start(space, name, *(word.replace("CONFIG", path) for word in words),
                        environment=environment)
    process.wait_for(ready, 15)
    return process


def _dnsmasq(lab, told):
    own = "port=0\nuser=root\ndhcp-leasefile=%s\ninterface=eth0\nno-ping\ndhcp-range=%s,%s,1h\n" % (
        lab.path("leases"), FIRST, LAST)
    return own + told, ("dnsmasq", "--keep-in-foreground", "--conf-file=CONFIG", "--log-facility=-",
                        "--pid-file"), "DHCP, IP range"


def _kea(_, told):
    own = {"interfaces-config": {"interfaces": ["eth0"]},
           "lease-database": {"type": "memfile", "persist": False},
           "subnet4": [{"subnet": NETWORK + ".0/24", "pools": [{"pool": FIRST + "-" + LAST}]}],
           "loggers": [{"name": "kea-dhcp4", "severity": "INFO",
                        "output_options": [{"output": "stdout"}]}]}
    config = {"Dhcp4": dict(json.loads("{%s}" % told), **own)}
    return json.dumps(config), ("kea-dhcp4", "-c", "CONFIG"), "DHCP4_STARTED"


def _dhcpd(lab, told):
    leases = lab.path("leases")
    open(leases, "w", encoding="ascii").close()
    own = "ping-check false;\nsubnet %s.0 netmask 255.255.255.0 {\n  range %s %s;\n}\n" % (
        NETWORK, FIRST, LAST)
    return own + told, ("dhcpd", "-4", "-f", "-d", "-cf", "CONFIG", "-lf", leases, "--no-pid",
                        "eth0"), "Sending on|Listening on"


_SERVERS = {"dnsmasq": _dnsmasq, "kea": _kea, "dhcpd": _dhcpd}


def boot(trial, name):
    """Both kinds of UEFI firmware: an address from that server, and iPXE with its menu from here."""
    trial.need_tugboot()
    lab = trial.lab()
    server = trial.server(lab, "off", trial.token(), chains=["ipxe"]).start()
    start(lab, server, name)
    pxe = trial.machine(lab, "uefi-pxe").start()
    http = trial.machine(lab, "uefi-http").start()
    pxe.expect(r"NBP filename is [^\n]*\.efi", 180)
    http.expect(r"URI: http://192\.168\.77\.1\S*\.efi", 180)
    seen = []
    for machine in (pxe, http):
        machine.expect(r"iPXE initialising devices", 120)
        machine.expect(r"http://192\.168\.77\.1/boot\.ipxe[^\n]*ok", 120)
        server.expect_event(r"%s.*script" % machine.mac, 60)
        seen.append("%s: %.0f s" % (machine.kind, machine.seconds()))
    return "%s handed over: %s" % (name, ", ".join(seen))

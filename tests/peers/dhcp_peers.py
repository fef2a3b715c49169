#!/usr/bin/env python3
"""Other programs' DHCP clients against tugboot in server mode: dhclient, udhcpc, systemd-networkd's
client and perfdhcp, each in a namespace of its own on one LAN. TAP lines on standard output.

  dhcp_peers.py [--server reference] [--keep]

--server reference runs them against dnsmasq, to tell a broken test from a broken tugboot.
"""
import argparse
import ipaddress
import os
import re
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from lab import LabError, tail  # noqa: E402

POOL = tuple(ipaddress.IPv4Address("%s.%d" % (lab_module.NETWORK, last)) for last in (100, 199))
NETWORKD = "/lib/systemd/systemd-networkd"


class Skip(Exception):
    pass


def need(*programs):
    for program in programs:
        if not (os.path.exists(program) or shutil.which(program)):
            raise Skip("no %s here" % program)


def check(truth, words):
    if not truth:
        raise LabError(words)


def check_pool(text):
    address = ipaddress.IPv4Address(text)
    check(POOL[0] <= address <= POOL[1], "%s is not from the pool" % address)
    return str(address)


class Bench:
    """The LAN, its server, and a fresh client namespace for each case."""

    def __init__(self, lab, server):
        self.lab, self.server = lab, server
        self.given = {}

    def client(self, name, mac, address=None):
        space = self.lab.namespace(name)
        self.lab.cable(space, "eth0", "br0", address, mac)
        return space

    def remember(self, who, address):
        other = self.given.setdefault(address, who)
        check(other == who, "%s was given to %s and to %s" % (address, other, who))

    def leases(self):
        if self.server.name == "tugboot":
            return self.server.tool("lease", "list")
        with open(self.lab.path("leases"), encoding="utf-8") as leases:
            return leases.read()


def dhclient(bench):
    """Address, mask, router and name server arrive; the same address at the second go (INIT-REBOOT);
    after the release it is free."""
    need("dhclient")
    mac = "52:54:00:99:00:01"
    space = bench.client("dhclient", mac)
    leases, pid = bench.lab.path("dhclient.leases"), bench.lab.path("dhclient.pid")
    base = ["dhclient", "-4", "-v", "-sf", "/bin/true", "-cf", "/dev/null", "-lf", leases, "-pf", pid]
    output = run_until_bound(bench, space, base)
    check("DHCPACK" in output, "no DHCPACK:\n" + tail(output, 10))
    with open(leases, encoding="utf-8") as text:
        lease = text.read()
    address = check_pool(re.search(r"fixed-address ([\d.]+);", lease)[1])
    check("option subnet-mask 255.255.255.0;" in lease, "no subnet mask in the lease")
    check("option routers %s;" % lab_module.FOREIGN in lease, "no router in the lease")
    check("option domain-name-servers %s;" % lab_module.FOREIGN in lease, "no name server")
    bench.remember(mac, address)
    output = run_until_bound(bench, space, base)
    check("DHCPREQUEST for %s" % address in output and "DHCPDISCOVER" not in output,
          "the second go did not begin with a REQUEST:\n" + tail(output, 10))
    check("bound to %s" % address in output, "another address at the second go")
    check(address in bench.leases(), "the server's list lacks %s" % address)
    bench.lab.run(space, "ip", "address", "add", address + "/24", "dev", "eth0")
    status, output = bench.lab.run(space, *base, "-r", "eth0", seconds=30)
    check(status == 0 and "DHCPRELEASE" in output, "no release:\n" + tail(output, 10))
    return address


def run_until_bound(bench, space, base):
    """Run in the foreground until it says it is bound; what it said."""
    log = "dhclient%d" % time.monotonic_ns()
    process = bench.lab.start(space, log, *base, "-1", "-d", "eth0")
    try:
        process.wait_for(r"bound to", 60)
    finally:
        process.stop()
    return process.text()


def udhcpc(bench):
    """busybox's client: bound, with the lease time the server promised, and a release at its end."""
    program = ["udhcpc"] if shutil.which("udhcpc") else ["busybox", "udhcpc"]
    need(program[0])
    mac = "52:54:00:99:00:02"
    space = bench.client("udhcpc", mac)
    script = bench.lab.path("udhcpc.script")
    with open(script, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\necho \"$1 ip=$ip mask=$subnet lease=$lease server=$serverid\"\n")
    os.chmod(script, 0o755)
    status, output = bench.lab.run(space, *program, "-f", "-q", "-n", "-R", "-i", "eth0", "-t", "5",
                                   "-s", script, seconds=60)
    check(status == 0, "udhcpc failed:\n" + tail(output, 10))
    found = re.search(r"bound ip=([\d.]+) mask=([\d.]+) lease=(\d+) server=([\d.]+)", output)
    check(found, "not bound:\n" + tail(output, 10))
    address = check_pool(found[1])
    check(found[2] == "255.255.255.0", "mask " + found[2])
    check(found[3] == "3600", "lease time " + found[3])
    check(found[4] == lab_module.SERVER, "server " + found[4])
    bench.remember(mac, address)
    return address


def networkd(bench):
    """systemd-networkd configures the link by DHCP: address and default route are in the kernel."""
    need(NETWORKD, "unshare")
    mac = "52:54:00:99:00:03"
    space = bench.client("networkd", mac)
    runtime = bench.lab.path("networkd-run")
    os.makedirs(runtime + "/network")
    os.makedirs(runtime + "/netif")
    with open(runtime + "/network/10-lan.network", "w", encoding="ascii") as out:
        out.write("[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n"
                  "IPv6AcceptRA=no\n[DHCPv4]\nClientIdentifier=mac\n")
    # Without systemd around it: a mount namespace of its own with these settings, and a read-only
    # /sys, which tells it not to wait for udev.
    script = ("mkdir -p /run/systemd && mount --bind %s /run/systemd && mount -o remount,ro,bind /sys"
              " && mount -t tmpfs none /etc/systemd/network"
              " && { chown -R systemd-network /run/systemd/netif || :; }"
              " && exec env SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console %s"
              % (runtime, NETWORKD))
    process = bench.lab.start(space, "networkd", "unshare", "--mount", "sh", "-c", script)
    until = time.monotonic() + 40
    found = None
    while not found and time.monotonic() < until and process.running():
        _, output = bench.lab.run(space, "ip", "-4", "-o", "address", "show", "dev", "eth0")
        found = re.search(r"inet ([\d.]+)/24", output)
        time.sleep(0.2)
    if not found and "Operation not permitted" in process.text():
        raise Skip("networkd cannot run without its service manager here")
    check(found, "no address:\n" + tail(process.text(), 15))
    address = check_pool(found[1])
    _, routes = bench.lab.run(space, "ip", "route")
    check("default via %s" % lab_module.FOREIGN in routes, "no default route:\n" + routes)
    bench.remember(mac, address)
    process.stop()
    return address


def perfdhcp(bench):
    """Sixty machines behind a relay agent, 30 a second: none dropped, no address twice."""
    need("perfdhcp")
    space = bench.client("perfdhcp", "52:54:00:99:00:04", lab_module.NETWORK + ".60")
    status, output = bench.lab.run(space, "perfdhcp", "-4", "-r", "30", "-R", "60", "-n", "60", "-d", "5", "-W", "3000000",
                                   "-u", "-l", "eth0", lab_module.SERVER, seconds=60)
    check(status == 0, "perfdhcp: exit %d\n%s" % (status, tail(output, 30)))
    for name in ("DISCOVER-OFFER", "REQUEST-ACK"):
        part = re.search(r"Statistics for: %s\*+\s+sent packets: (\d+)\s+received packets: (\d+)\s+"
                         r"drops: (-?\d+)" % name, output)
        check(part and part[1] == part[2] != "0" and part[3] == "0",
              "%s:\n%s" % (name, tail(output, 30)))
    check(re.search(r"non unique addresses: 0", output), "addresses given twice:\n" + output)
    return "%s exchanges" % part[1]


CASES = (dhclient, udhcpc, networkd, perfdhcp)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("tugboot", "reference"), default="tugboot")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    lab_module.prepare()
    top = tempfile.mkdtemp(prefix="tugboot-peers.")
    os.chmod(top, 0o755)
    failed = 0
    print("1..%d" % len(CASES), flush=True)
    with lab_module.Lab(os.path.join(top, "lab")) as lab:
        server_class = servers.Tugboot if options.server == "tugboot" else servers.Reference
        server = server_class(lab, "server")
        server.start()
        bench = Bench(lab, server)
        for number, case in enumerate(CASES, 1):
            begin = time.monotonic()
            try:
                said, verdict = case(bench), "ok"
                if not server.alive():
                    raise LabError("the server died:\n" + tail(server.events(), 20))
            except Skip as skip:
                print("ok %d - dhcp %s # SKIP %s" % (number, case.__name__, skip), flush=True)
                continue
            except Exception as error:
                said, verdict = str(error), "not ok"
                failed += 1
            lines = said.splitlines()
            print("%s %d - dhcp %s (%.1f s)%s" % (
                verdict, number, case.__name__, time.monotonic() - begin,
                ": " + lines[0] if verdict == "ok" and lines else ""))
            if verdict != "ok":
                print("".join("# %s\n" % line for line in lines), end="")
            sys.stdout.flush()
    if failed or options.keep:
        print("# logs: " + top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""tugboot doctor on networks that are wrong in one way each, made with a plain dnsmasq and with
tugboot itself. TAP lines on standard output.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import other_dhcp  # noqa: E402
import servers  # noqa: E402
from tap import Tap, check  # noqa: E402

HERE_ADDRESS, ROUTER = lab_module.SERVER, lab_module.FOREIGN
NOBODY_THERE = lab_module.NETWORK + ".77"


class Network:
    """A LAN with a router, perhaps a tugboot, and a doctor."""

    def __init__(self, folder, mode=None, foreign=True, foreign_options=()):
        self.lab = lab_module.Lab(folder, foreign=foreign, foreign_options=foreign_options)
        self.server = servers.Tugboot(self.lab, mode or "proxy")
        if mode:
            self.server.start()

    def configure(self, mode, **settings):
        """Another configuration for the tugboot that runs."""
        self.server.stop()
        self.server.mode = mode
        self.server.write_config(settings)
        self.server.start()

    def doctor(self, *words, code=0, prefix=()):
        done = subprocess.run(
            ["ip", "netns", "exec", self.lab.server, *prefix, self.server.program, "doctor",
             "--config", self.server.config, *words], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == code, "exit %d, not %d:\n%s%s" % (
            done.returncode, code, done.stdout, done.stderr))
        return done.stdout if code < 2 and not prefix else done.stderr

    def findings(self, *words, code=0):
        report = json.loads(self.doctor("--json", *words, code=code))
        return {row["id"]: row for row in report["findings"]}, report

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.close()


def expect(found, *names):
    for name in names:
        check(name in found, "%s is not among %s" % (name, sorted(found)))


def all_well(folder):
    """Beside a router, every kind that has a loader here can boot; no machine is left behind."""
    with Network(folder, "proxy") as net:
        found, report = net.findings()
        check(not [row for row in found.values() if row["level"] == "problem"], str(found))
        for kind in ("bios", "uefi", "uefi-http", "ipxe"):
            check(report["can_boot"][kind], "%s cannot boot: %s" % (kind, report))
        check({row["server"] for row in report["answers"]} == {HERE_ADDRESS, ROUTER}, str(report))
        machines = json.loads(net.server.tool("machines", "--json"))["machines"]
        check(not machines, "the doctor left a machine: %s" % machines)
        words = net.doctor()
        check("can begin to boot: BIOS" in words and "undionly.kpxe" in words, words)


def router_alone(folder):
    with Network(folder) as net:
        found, _ = net.findings(code=1)
        expect(found, "DAEMON_NOT_RUNNING", "NO_BOOT")
        words = net.doctor(code=1)
        check("what to do: " in words and "cannot: " in words, words)


def empty_wire(folder):
    with Network(folder, foreign=False) as net:
        expect(net.findings("--seconds", "1", code=1)[0], "NO_ADDRESS")


def option_60_alone(folder):
    with Network(folder, foreign_options=("--dhcp-option-force=60,PXEClient",)) as net:
        found, _ = net.findings(code=1)
        expect(found, "CLASS_ALONE")
        check(ROUTER in found["CLASS_ALONE"]["sentence"], str(found))


def two_boot_servers(folder):
    with Network(folder, "proxy", foreign_options=(
            "--dhcp-boot=pxelinux.0,," + NOBODY_THERE,)) as net:
        found, _ = net.findings(code=1)
        expect(found, "TWO_BOOT_SERVERS")
        check(HERE_ADDRESS in found["TWO_BOOT_SERVERS"]["sentence"] and
              ROUTER in found["TWO_BOOT_SERVERS"]["sentence"], str(found))


def next_server_silent(folder):
    with Network(folder, foreign_options=("--dhcp-boot=pxelinux.0,," + NOBODY_THERE,)) as net:
        found, _ = net.findings(code=1)
        expect(found, "TFTP_SILENT", "IPXE_LOOP", "HTTP_NO_URL")
        check(NOBODY_THERE in found["TFTP_SILENT"]["sentence"], str(found))


def file_not_there(folder):
    os.makedirs(folder + ".tftp", mode=0o755)
    with Network(folder, foreign_options=(
            "--dhcp-boot=lost.0", "--enable-tftp", "--tftp-root=" + folder + ".tftp")) as net:
        found, _ = net.findings(code=1)
        expect(found, "FILE_MISSING")
        check("lost.0" in found["FILE_MISSING"]["sentence"], str(found))


def two_address_servers(folder):
    with Network(folder, "server") as net:
        found, report = net.findings()
        expect(found, "TWO_ADDRESSES")
        check(report["can_boot"]["bios"], str(report))


def port_taken(folder):
    with Network(folder) as net:
        taker = net.lab.start(net.lab.server, "taker", sys.executable, "-u", "-c",
                              "import socket, time\n"
                              "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                              "s.bind(('0.0.0.0', 69))\nprint('ready')\ntime.sleep(60)")
        taker.wait_for("ready", 10)
        found, _ = net.findings(code=1)
        expect(found, "PORT_TAKEN")
        check("port 69" in found["PORT_TAKEN"]["sentence"] and
              "python" in found["PORT_TAKEN"]["sentence"], str(found))


def port_68_taken(folder):
    """A DHCP client of this machine has port 68, as on any machine that gets its own address so."""
    with Network(folder, "proxy") as net:
        taker = net.lab.start(net.lab.server, "client", sys.executable, "-u", "-c",
                              "import socket, time\n"
                              "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                              "s.bind(('0.0.0.0', 68))\nprint('ready')\ntime.sleep(60)")
        taker.wait_for("ready", 10)
        found, report = net.findings()
        check("DAEMON_SILENT" not in found and report["can_boot"]["bios"], str(report))


def spanning_tree(folder):
    """A bridge that runs spanning tree says so every two seconds."""
    with Network(folder, "proxy") as net:
        lab_module.command("ip", "-n", net.lab.lan, "link", "set", "br0", "type", "bridge",
                           "forward_delay", "200", "stp_state", "1")
        found, _ = net.findings("--seconds", "12")
        expect(found, "SPANNING_TREE")
        check(" 4 s " in found["SPANNING_TREE"]["sentence"], str(found))


def small_mtu(folder):
    with Network(folder, "proxy") as net:
        lab_module.command("ip", "-n", net.lab.server, "link", "set", "eth0", "mtu", "1400")
        expect(net.findings()[0], "SMALL_MTU")


def filter_packets(net, *rules):
    """A firewall on the machine of tugboot; without `policy drop` other packets pass."""
    lab_module.command("ip", "netns", "exec", net.lab.server, "nft",
                       "table inet wall { chain in { type filter hook input priority 0; %s; }; }"
                       % "; ".join(rules))


def firewall_before_dhcp(folder):
    """tugboot runs and is well, and what machines ask does not reach it."""
    with Network(folder, "proxy") as net:
        filter_packets(net, "udp dport { 67, 4011 } drop")
        found, report = net.findings(code=1)
        expect(found, "DAEMON_SILENT", "NO_BOOT")
        check("firewall" in found["DAEMON_SILENT"]["cure"] and
              "4011" in found["DAEMON_SILENT"]["cure"], str(found))
        check(not any(report["can_boot"].values()), str(report["can_boot"]))


def firewall_before_files(folder):
    """DHCP is let in, and neither of the two ways to fetch a file."""
    with Network(folder, "proxy") as net:
        filter_packets(net, "udp dport 69 drop", "tcp dport 80 drop")
        found, report = net.findings(code=1)
        expect(found, "TFTP_SILENT", "HTTP_SILENT")
        check("Open UDP 69" in found["TFTP_SILENT"]["cure"] and
              "firewall" in found["HTTP_SILENT"]["cure"], str(found))
        check(not any(report["can_boot"].values()), str(report["can_boot"]))


def large_blocks_lost(folder):
    """A way that loses large packets and says nothing: a tunnel, a switch with a small MTU."""
    with Network(folder, "proxy") as net:
        filter_packets(net, "udp length > 1200 drop")
        found, _ = net.findings(code=1)
        expect(found, "TFTP_LARGE_LOST")
        check("block-size-max" in found["TFTP_LARGE_LOST"]["cure"], str(found))


def firewall_from_outside(folder):
    """What is closed to others only cannot be seen from here: that there is a firewall is told."""
    with Network(folder, "proxy") as net:
        filter_packets(net, "policy drop", "iif lo accept", "udp dport 67 accept")
        found, report = net.findings()
        expect(found, "FIREWALL_HERE")
        check("wall in" in found["FIREWALL_HERE"]["sentence"] and
              "UDP 67, 69 and 4011 and TCP 80" in found["FIREWALL_HERE"]["cure"], str(found))
        check(report["can_boot"]["bios"], str(report["can_boot"]))


def loader_missing(folder):
    """The chain that is set is not here: which machines, and the command that gets it."""
    with Network(folder, "off") as net:
        net.configure("proxy", chains=["snponly-shim"])
        report = net.findings()[1]
        lacking = [row for row in report["findings"] if row["id"] == "NO_LOADER"]
        for kind, cure in (("BIOS", "'chains:'"), ("UEFI x64 by PXE", "tugboot loader fetch ipxe"),
                           ("UEFI arm64 by PXE", "tugboot loader fetch ipxe")):
            check([row for row in lacking if row["sentence"].endswith(" for " + kind) and
                   cure in row["cure"]], "%s: %s" % (kind, lacking))
        check(not report["can_boot"]["bios"] and report["can_boot"]["ipxe"], str(report))


def refused_by_secure_boot(folder):
    """Unsigned programs only: those machines boot, but for the ones with Secure Boot on."""
    with Network(folder, "off") as net:
        net.configure("proxy", chains=["ipxe"])
        found, report = net.findings()
        expect(found, "NO_SECURE_CHAIN")
        check("it is given ipxe, and it is not signed" in found["NO_SECURE_CHAIN"]["sentence"] and
              "tugboot loader list" in found["NO_SECURE_CHAIN"]["cure"], str(found))
        check(report["can_boot"]["uefi"] and report["can_boot"]["uefi-http"], str(report))


def port_4011_silent(folder):
    """Another boot server sends machines to its port 4011, where nobody listens any more."""
    with Network(folder, foreign_options=(
            "--dhcp-option-force=60,PXEClient", "--dhcp-option-force=43,06:01:00:ff")) as net:
        found, _ = net.findings(code=1)
        expect(found, "PORT_4011_SILENT")
        check(ROUTER in found["PORT_4011_SILENT"]["sentence"], str(found))


def interface_off(folder):
    with Network(folder, "off") as net:
        expect(net.findings(code=1)[0], "DAEMON_OFF", "NO_BOOT")


class Handed:
    """A LAN whose own DHCP server got the settings of dhcp-snippet; tugboot serves no DHCP itself."""

    def __init__(self, folder, name):
        self.lab = lab_module.Lab(folder)
        self.server = servers.Tugboot(self.lab, "off")
        self.server.start()
        other_dhcp.start(self.lab, self.server, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.close()


def expect_all_handed(net):
    """Each kind of machine has an address and its file from that server, and the file is here."""
    done = subprocess.run(
        ["ip", "netns", "exec", net.lab.server, net.server.program, "doctor", "--json", "--config",
         net.server.config], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    report = json.loads(done.stdout)
    missing = [kind for kind in ("bios", "uefi", "uefi-http", "ipxe")
               if not report["can_boot"][kind]]
    check(not missing, "%s cannot boot: %s\n%s" % (missing, json.dumps(report), net.server.events()))
    check({row["server"] for row in report["answers"]} == {ROUTER}, str(report["answers"]))


def snippet_for_dnsmasq(folder):
    with Handed(folder, "dnsmasq") as net:
        expect_all_handed(net)


def snippet_for_kea(folder):
    with Handed(folder, "kea") as net:
        expect_all_handed(net)


def snippet_for_dhcpd(folder):
    with Handed(folder, "dhcpd") as net:
        expect_all_handed(net)


def refusals(folder):
    with Network(folder, foreign=False) as net:
        check("no interface" in net.doctor("--interface", "nix0", code=4), "another sentence")
        check("--seconds" in net.doctor("--seconds", "0", code=2), "another sentence")
        words = net.doctor(code=1, prefix=("setpriv", "--reuid=65534", "--clear-groups",
                                           "--bounding-set=-all", "--inh-caps=-all"))
        check("needs root" in words, words)


CASES = (all_well, router_alone, empty_wire, option_60_alone, two_boot_servers, next_server_silent,
         file_not_there, two_address_servers, port_taken, port_68_taken, spanning_tree, small_mtu,
         interface_off, firewall_before_dhcp, firewall_before_files, firewall_from_outside,
         large_blocks_lost, loader_missing, refused_by_secure_boot, port_4011_silent,
         snippet_for_dnsmasq, snippet_for_kea, snippet_for_dhcpd, refusals)


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-doctor.") as top:
        os.chmod(top, 0o755)
        for case in CASES:
            name = case.__name__.replace("_", " ")
            tap.case("doctor: " + name, case, os.path.join(top, case.__name__))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

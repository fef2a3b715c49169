"""The DHCP servers that are compared, each started with an empty state in the field, set up to be
as quick as its makers allow: no probing of addresses, no logging of each message."""
import json
import os
import shutil
import time

import field
from field import CLIENT, SERVER

POOL_FIRST, POOL_LAST, POOL_FIRST_NUMBER = "10.1.0.1", "10.3.255.254", (10 << 24) + (1 << 16) + 1
LEASE_S = 43200


def address(number):
    return ".".join(str(POOL_FIRST_NUMBER + number >> shift & 255) for shift in (24, 16, 8, 0))


class Tugboot:
    name = "tugboot"

    @staticmethod
    def config(place, mode, files=None):
        os.makedirs(place.path("tug"), exist_ok=True)
        lines = ["interfaces: [eth0]", "state: %s" % place.path("tug"),
                 "images: %s" % place.path("tug", "images"), 'user: ""',
                 "control: %s" % place.path("tug", "control.sock"),
                 # Its keys would be made while the first figures are taken.
                 "https: {enabled: false}", "dhcp:", "  mode: " + mode]
        if mode == "server":
            lines += ["  probe: false", "  leases-max: 200000", "  subnets:",
                      "    - network: 10.0.0.0/8", "      pool: [%s-%s]" % (POOL_FIRST, POOL_LAST),
                      "      router: " + CLIENT, "      lease: %ds" % LEASE_S]
        if files:
            lines.append("files: " + files)
        return place.write("tugboot.yaml", "\n".join(lines) + "\n")

    @staticmethod
    def start(place, mode="server", files=None):
        place.fresh("tug")
        os.mkdir(place.path("tug", "images"))
        config = Tugboot.config(place, mode, files)
        return place.start(field.tugboot_program(), "serve", "--config", config)


class Kea:
    """Kea keeps its leases in a file it does not sync (memfile), or not at all."""

    name = "Kea"

    def __init__(self, threads):
        self.threads = threads
        self.name = "Kea, %d threads" % threads if threads else "Kea, 1 thread"

    def start(self, place):
        folder = place.fresh("kea")
        os.mkdir(place.path("kea", "run"))
        # A copy: where AppArmor confines Kea by its path it may not read another folder.
        shutil.copy(shutil.which("kea-dhcp4") or "/usr/sbin/kea-dhcp4", place.path("kea", "dhcp4"))
        config = {"Dhcp4": {
            "interfaces-config": {"interfaces": ["eth0/" + SERVER], "dhcp-socket-type": "udp"},
            "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 0,
                               "name": os.path.join(folder, "leases.csv")},
            "multi-threading": {"enable-multi-threading": self.threads > 0,
                                "thread-pool-size": self.threads, "packet-queue-size": 1024},
            "valid-lifetime": LEASE_S, "renew-timer": LEASE_S // 2, "rebind-timer": LEASE_S,
            "authoritative": True,
            "subnet4": [{"subnet": "10.0.0.0/8",
                         "pools": [{"pool": "%s - %s" % (POOL_FIRST, POOL_LAST)}],
                         "option-data": [{"name": "routers", "data": CLIENT}]}],
            "loggers": [{"name": "kea-dhcp4", "severity": "WARN",
                         "output_options": [{"output": "stderr"}]}]}}
        path = place.write("kea/kea.json", json.dumps(config))
        return place.start(place.path("kea", "dhcp4"), "-c", path, environment={
            "KEA_PIDFILE_DIR": place.path("kea", "run"), "KEA_LOCKFILE_DIR": "none"})


class Dnsmasq:
    """dnsmasq writes its whole lease file anew for each lease, without syncing it."""

    name = "dnsmasq"

    @staticmethod
    def common(place, *more):
        return place.start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0",
            "--pid-file=", "--log-facility=/dev/null", "--quiet-dhcp", "--interface=eth0",
            "--bind-interfaces", *more)

    @staticmethod
    def start(place, leases=0, *more):
        place.fresh("dnsmasq")
        until = int(time.time()) + LEASE_S
        with open(place.path("dnsmasq", "leases"), "w") as out:
            for n in range(leases):
                out.write("%d 06:00:00:%02x:%02x:%02x %s * *\n" % (
                    until, n >> 16, n >> 8 & 255, n & 255, address(n)))
        return Dnsmasq.common(
            place, "--dhcp-leasefile=" + place.path("dnsmasq", "leases"), "--no-ping",
            "--dhcp-authoritative", "--dhcp-lease-max=1000000", "--dhcp-range=%s,%s,255.0.0.0,%ds" %
            (POOL_FIRST, POOL_LAST, LEASE_S), "--dhcp-option=option:router," + CLIENT, *more)

    @staticmethod
    def start_proxy(place, tftp_root):
        return Dnsmasq.common(
            place, "--dhcp-range=10.0.0.0,proxy,255.0.0.0", "--enable-tftp",
            "--tftp-root=" + tftp_root, '--pxe-service=X86-64_EFI,"boot",ipxe.efi',
            '--pxe-service=BC_EFI,"boot",ipxe.efi')


def wait_until_answering(place, mode="dora", seconds=60):
    """Ask, as another machine each time, until the server answers."""
    began, machine = time.monotonic(), 400000000
    while time.monotonic() - began < seconds:
        if place.load(field.program("dhcp_load"), mode, "server", SERVER, "local", CLIENT, "clients",
                      1, "first", machine, "timeout", 20, "tries", 5)["done"]:
            return
        machine += 1
    raise field.BenchError("the server did not answer")

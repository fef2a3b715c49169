#!/usr/bin/env python3
"""A boot storm: 50, 200 and 500 machines are switched on at once; each gets an address, 1 MiB by
TFTP, then 4 KiB, 10 MiB and 40 MiB by HTTP. tugboot against dnsmasq (DHCP, TFTP) with nginx (HTTP),
as the ratio of the time until the last machine has all of it. See bench/README.md."""
import argparse
import os
import sys

import field
from dhcp_servers import CLIENT, SERVER, Dnsmasq, Tugboot, wait_until_answering

MIB = 1 << 20
LOADER = ("loader.bin", MIB)
FILES = (("script", 4096), ("kernel", 10 * MIB), ("initrd", 40 * MIB))
TARGETS = {50: 0.6, 200: 0.65, 500: 0.75}
NGINX = """
daemon off; master_process on; worker_processes auto; pid %(d)s/nginx.pid; error_log %(d)s/errors;
worker_rlimit_nofile 65536; user root;
events { worker_connections 8192; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  default_type application/octet-stream;
  client_body_temp_path %(d)s/t1; proxy_temp_path %(d)s/t2; fastcgi_temp_path %(d)s/t3;
  uwsgi_temp_path %(d)s/t4; scgi_temp_path %(d)s/t5;
  server { listen %(server)s:80 reuseport backlog=4096; root %(files)s; }
}
"""


def tugboot(place):
    return [Tugboot.start(place, "server", files=place.path("files"))]


def peers(place):
    folder = place.fresh("nginx")
    config = place.write("nginx/nginx.conf", NGINX % {"d": folder, "server": SERVER,
                                                      "files": place.path("files")})
    return [Dnsmasq.start(place, 0, "--enable-tftp", "--tftp-root=" + place.path("files"),
                          "--tftp-max=2000", "--dhcp-boot=" + LOADER[0]),
            place.start("nginx", "-e", folder + "/errors", "-p", folder, "-c", config)]


def storm(place, start, machines):
    # The kernel's table of neighbours holds 1,024 by default, for all networks of the machine: those of
    # the storm before would crowd out those of this one, and what is sent to them would be lost.
    for space in (place.near, place.far):
        field.command("ip", "-n", space, "neigh", "flush", "all", check=False)
    running = start(place)
    wait_until_answering(place)
    words = ["server", SERVER, "local", CLIENT, "machines", machines, "seconds", 100,
             "tftp", LOADER[0], LOADER[1]]
    for name, size in FILES:
        words += ["http", "/" + name, size]
    before = sum(each.cpu_seconds() for each in running)
    said = place.load(field.program("storm_load"), *words, seconds=150)
    said["cpu_seconds"] = sum(each.cpu_seconds() for each in running) - before
    place.stop(*running)
    return said


def show(name, rows):
    def middle(key):
        return field.spread([row[key] for row in rows])[1]
    print("    %-16s %s s; middle machine: address %.3f, loader %.3f, all %.3f s; server's CPU "
          "%.2f s; failed %d, sent again %d" % (
              name, field.figures([row["seconds"] for row in rows], "%.2f"),
              middle("address_p50_s"), middle("tftp_p50_s"), middle("http_p50_s"),
              middle("cpu_seconds"), sum(row["failed"] for row in rows),
              sum(row["retransmitted"] for row in rows)), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--machines", type=int, nargs="*", default=[50, 200, 500])
    chosen = options.parse_args()
    missing = field.have("dnsmasq", "nginx")
    if missing:
        sys.exit("there is no %s here: ./dev deps bench installs it" % missing)
    field.begin()
    verdicts, place = field.Verdicts(), field.Field()
    # The machines' own addresses are local on the far side.
    field.command("ip", "-n", place.far, "route", "add", "local", "10.1.0.0/16", "dev", "lo")
    field.command("ip", "-n", place.far, "route", "add", "local", "10.2.0.0/15", "dev", "lo")
    os.mkdir(place.path("files"))
    for name, size in (LOADER,) + FILES:
        with open(place.path("files", name), "wb") as out:
            out.write(os.urandom(MIB)[:size] * max(1, size // MIB))
    for machines in chosen.machines:
        print("  %d machines at once" % machines, flush=True)
        ours, theirs = [], []
        for number in range(chosen.rounds):
            for start, found in ((tugboot, ours), (peers, theirs))[::1 if number % 2 == 0 else -1]:
                found.append(storm(place, start, machines))
                if not found[-1]["sound"]:
                    verdicts.fault("%d machines, %s: %d failed" % (
                        machines, start.__name__, found[-1]["failed"]))
        show("tugboot", ours)
        show("dnsmasq, nginx", theirs)
        verdicts.add("%d machines: time of tugboot / dnsmasq and nginx" % machines,
                     [row["seconds"] for row in ours], [row["seconds"] for row in theirs],
                     TARGETS.get(machines), less_is_better=True)
    return verdicts.end()


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    sys.exit(main())

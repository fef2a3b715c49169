#!/usr/bin/env python3
"""DHCP: durable leases a second against Kea and dnsmasq, at several numbers of leases, and
proxyDHCP exchanges against dnsmasq. See bench/README.md."""
import argparse
import os
import sys

import field
from dhcp_servers import (CLIENT, POOL_FIRST, SERVER, Dnsmasq, Kea, Tugboot, wait_until_answering)

COUNTED = 5000          # exchanges of one figure, at most
SECONDS = 4             # or as many as were done in this time
FLIGHT = 128            # machines that ask at once
FLIGHT_DNSMASQ = 16     # more only make it answer what was asked twice


def dora(place, running, prefill, flight, *more):
    before = running.cpu_seconds()
    said = place.load(field.program("dhcp_load"), "dora", "server", SERVER, "local", CLIENT,
                      "prefill", prefill, "clients", COUNTED, "flight", flight, "seconds", SECONDS,
                      *more)
    if said["done"] == 0:
        raise field.BenchError("no exchange ended")
    said["cpu_us"] = (running.cpu_seconds() - before) / (prefill + said["done"]) * 1e6
    return said


def measure_dora(place, server, level):
    """One figure, from an empty state: fill up to `level` leases, then count new ones."""
    if isinstance(server, type) and server is Dnsmasq:
        running = Dnsmasq.start(place, level)
        wait_until_answering(place)
        said = dora(place, running, 0, FLIGHT_DNSMASQ, "taken", POOL_FIRST, level)
    else:
        running = server.start(place)
        wait_until_answering(place)
        said = dora(place, running, level, FLIGHT)
    place.stop(running)
    return said


def measure_proxy(place, server, mode, device, counted):
    if server is Dnsmasq:
        running = Dnsmasq.start_proxy(place, place.path())
    else:
        running = Tugboot.start(place, "proxy")
    wait_until_answering(place, "proxy")
    before = running.cpu_seconds()
    said = place.load(field.program("dhcp_load"), mode, "server", SERVER, "local", CLIENT,
                      "clients", counted, "flight", FLIGHT, "seconds", SECONDS,
                      *(["device", device] if device else []))
    said["cpu_us"] = (running.cpu_seconds() - before) / max(1, said["done"]) * 1e6
    place.stop(running)
    return said


def show(name, figures):
    rates = [each["per_second"] for each in figures]
    print("    %-16s %26s a second, p50 %7.2f ms, p99 %7.2f ms, CPU %5.0f us each, sent again "
          "%d, given up %d" % (
        name, field.figures(rates), field.spread([each["p50_ms"] for each in figures])[1],
        field.spread([each["p99_ms"] for each in figures])[1],
        field.spread([each["cpu_us"] for each in figures])[1],
        sum(each["retransmitted"] for each in figures),
        sum(each["given_up"] for each in figures)), flush=True)
    return rates


def run_rounds(title, rounds, runs, verdicts):
    """runs: [(name, function)]; all of a round one after another, so that what else the machine
    does is spread over them."""
    print(title, flush=True)
    found = {name: [] for name, _ in runs}
    for number in range(rounds):
        order = runs if number % 2 == 0 else runs[::-1]
        for name, function in order:
            said = function()
            found[name].append(said)
            if not said["sound"]:
                verdicts.fault("%s %s: wrong %d, duplicate %d" % (title, name, said["wrong"],
                                                                  said["duplicate"]))
    return {name: show(name, figures) for name, figures in found.items()}


def leases(place, rounds, levels, verdicts):
    print("Leases: DISCOVER to ACK of new machines, %d at once (dnsmasq: %d); tugboot's are synced "
          "to disk before the ACK, the others' are not" % (FLIGHT, FLIGHT_DNSMASQ))
    peers = [Kea(0), Kea(4)]
    flat = {}
    for level in levels:
        runs = [("tugboot", lambda: measure_dora(place, Tugboot, level))]
        if level <= 20000:
            runs += [(kea.name, lambda kea=kea: measure_dora(place, kea, level)) for kea in peers]
            runs += [("dnsmasq", lambda: measure_dora(place, Dnsmasq, level))]
        rates = run_rounds("  with %d leases" % level, rounds, runs, verdicts)
        flat[level] = rates["tugboot"]
        if level > 20000:
            continue
        best = [max(each) for each in zip(*(rates[kea.name] for kea in peers))]
        verdicts.add("%d leases: tugboot / the better Kea" % level, rates["tugboot"], best, 2.0)
        verdicts.add("%d leases: tugboot / dnsmasq" % level, rates["tugboot"], rates["dnsmasq"],
                     50.0 if level >= 5000 else None)
    if 5000 in flat and 100000 in flat:
        verdicts.add("tugboot at 100000 leases / at 5000", flat[100000], flat[5000], 0.9)


def proxies(place, rounds, verdicts, counted):
    print("proxyDHCP: a PXE machine's question and its answer, %d at once" % FLIGHT)
    for title, mode, device in (("  relayed DISCOVER", "proxy", None),
                                ("  broadcast DISCOVER", "proxy", "eth0"),
                                ("  REQUEST on port 4011", "pxe", None)):
        runs = [(server.name, lambda server=server: measure_proxy(place, server, mode, device,
                                                                  counted))
                for server in (Tugboot, Dnsmasq)]
        rates = run_rounds(title, rounds, runs, verdicts)
        verdicts.add(title.strip() + ": tugboot / dnsmasq", rates["tugboot"], rates["dnsmasq"], 1.3)


def main():
    global FLIGHT
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--levels", type=int, nargs="*", default=[100, 5000, 20000, 100000])
    options.add_argument("parts", nargs="*", default=["leases", "proxy"])
    options.add_argument("--flight", type=int, default=FLIGHT, help="machines that ask at once")
    chosen = options.parse_args()
    FLIGHT = chosen.flight
    missing = field.have("kea-dhcp4", "dnsmasq")
    if missing:
        sys.exit("there is no %s here: ./dev deps bench installs it" % missing)
    field.begin()
    verdicts = field.Verdicts()
    place = field.Field()
    if "leases" in chosen.parts:
        leases(place, chosen.rounds, chosen.levels, verdicts)
    if "proxy" in chosen.parts:
        proxies(place, chosen.rounds, verdicts, 20000)
    return verdicts.end()


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    sys.exit(main())

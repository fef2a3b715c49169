#!/usr/bin/env python3
"""What tugboot costs while nobody boots: memory after start and after some boots, and the time from
start to the first answer. See bench/README.md."""
import argparse
import os
import shutil
import sys
import time

import field
from dhcp_servers import CLIENT, SERVER, Dnsmasq, Kea, Tugboot

MEMORY_TARGET_KIB = 12 * 1024
START_TARGET_MS = 100


def first_answer_ms(place, running, mode):
    """Ask every 2 ms, as another machine each time, until an answer comes."""
    done = place.load(field.program("dhcp_load"), mode, "server", SERVER, "local", CLIENT, "clients",
                      20000, "flight", 1, "timeout", 2, "tries", 1, "until", 1, "seconds", 30)
    if not done["done"]:
        raise field.BenchError("no answer: " + running.text()[-500:])
    return (time.monotonic() - running.began) * 1000


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    field.begin()
    place = field.Field()
    kinds = [("tugboot, proxy", lambda: Tugboot.start(place, "proxy"), "proxy"),
             ("tugboot, server", lambda: Tugboot.start(place, "server"), "dora")]
    if shutil.which("dnsmasq"):
        kinds += [("dnsmasq, server", lambda: Dnsmasq.start(place), "dora")]
    if shutil.which("kea-dhcp4"):
        kinds += [("Kea, server", lambda: Kea(0).start(place), "dora")]
    found = {name: [] for name, _, _ in kinds}
    for _ in range(rounds):
        for name, start, mode in kinds:
            running = start()
            ms = first_answer_ms(place, running, mode)
            time.sleep(0.5)
            found[name].append((ms, *running.memory_kib()))
            place.stop(running)
    print("Start to first answer, and memory then (lowest / middle / highest of %d)" % rounds)
    missed = 0
    for name, rows in found.items():
        ms, rss, pss = zip(*rows)
        print("  %-16s %s ms, resident %s KiB, proportional %s KiB" % (
            name, field.figures(ms), field.figures(rss), field.figures(pss)))
        if name == "tugboot, proxy":
            for what, value, target, unit in (
                    ("start to first answer", field.spread(ms)[1], START_TARGET_MS, "ms"),
                    ("idle memory, proportional", field.spread(pss)[1], MEMORY_TARGET_KIB, "KiB")):
                print("    %s: %.0f of %d %s: %s" % (what, value, target, unit,
                                                     "reached" if value <= target else "MISSED"))
                missed += value > target
    print("%d targets missed" % missed)
    return 0


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    sys.exit(main())

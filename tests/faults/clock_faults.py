#!/usr/bin/env python3
"""The calendar clock is set while tugboot runs (Debian's libfaketime, preloaded; the kernel's clocks
are not touched). TAP lines on standard output.

  clock_faults.py [CASE...]
"""
import glob
import json
import os

import ground
from ground import Skip, Tugboot, check, mac_of


def clock_jumps(g):
    """A day forward, two days back: told as events; whoever has an address keeps and renews it, for
    the whole lease time; nobody else gets it; nor after a restart in the other time."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise Skip("no libfaketime here")
    g.own_pool()
    tug = Tugboot(g, "server")
    if ground.slowness(tug.program) > 1:
        raise Skip("libfaketime cannot be loaded before a sanitizer")
    offset = g.path("state/offset")

    def set_clock(text):
        with open(offset + ".new", "w", encoding="ascii") as out:
            out.write(text)
        os.rename(offset + ".new", offset)

    set_clock("+0")
    wrapper = ("env", "LD_PRELOAD=" + found[0], "FAKETIME_TIMESTAMP_FILE=" + offset,
               "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_DISABLE_SHM=1")
    tug.start(wrapper)
    dhcp = ground.Dhcp(g)
    given = {mac_of(i): dhcp.dora(mac_of(i)) for i in range(5)}

    def all_is_well():
        for mac, address in given.items():
            reply = dhcp.renew(mac, address)
            check(reply and reply[1] == ground.ACK and reply[2] == address, "%s: %r" % (address, reply))
            seconds = int.from_bytes(reply[4][51], "big")
            check(3500 < seconds <= 3600, "%s for %d s" % (address, seconds))
        mac = mac_of(100 + len(given))
        address = dhcp.dora(mac)
        check(address not in given.values(), "%s is with two machines" % address)
        given[mac] = address
        rows = json.loads(tug.tool("lease", "list", "--json"))["leases"]
        check(len(rows) == len(given), "%d leases are listed, %d were given" % (len(rows), len(given)))

    all_is_well()
    check("clock was set" not in tug.events(), "a jump before the jump")
    set_clock("+86400")
    tug.expect_event(r"clock was set forward by", 4)
    all_is_well()
    set_clock("-86400")
    tug.expect_event(r"clock was set back by", 4)
    all_is_well()
    tug.kill()
    tug.start(wrapper)
    all_is_well()
    tug.end()


if __name__ == "__main__":
    ground.main((clock_jumps,))

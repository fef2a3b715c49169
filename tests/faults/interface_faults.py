#!/usr/bin/env python3
"""Interfaces that come, go and change under the running daemon, and other servers on the wire.
TAP lines on standard output.

  interface_faults.py [CASE...]
"""
import os
import time

import ground
import lab as lab_module
from ground import NETWORK, SERVER, Tugboot, check, mac_of, wait_until

SECOND = "192.168.78"


def ip(g, *words):
    lab_module.command("ip", "-n", g.server, *words)


def new_card(g):
    """The client forgets the hardware address its server had."""
    lab_module.command("ip", "-n", g.client, "neighbour", "flush", "dev", "eth0")


def served(g, path="/boot.ipxe?mac=52:54:00:aa:bb:cc&buildarch=x86_64&platform=efi"):
    try:
        return ground.http_get(g, path, timeout=1)[0] == 200
    except OSError:
        return False


def interface_goes_and_comes(g):
    """Down, up, without address, with another one, gone and made anew: told as events, and served
    again by DHCP, TFTP and HTTP without a restart."""
    os.makedirs(g.path("files"))
    with open(g.path("files/good"), "wb") as out:
        out.write(b"good")
    tug = Tugboot(g, "server", {"files": g.path("files")}).start()
    dhcp = ground.Dhcp(g)

    def works(number):
        wait_until(4, "HTTP is served", lambda: served(g))
        check(ground.tftp_get(g, "good") == b"good", "TFTP")
        return dhcp.dora(mac_of(number), tries=4)

    def events(pattern, count):
        wait_until(4, "%d times %r:\n%s" % (count, pattern, ground.tail(tug.events(), 10)),
                   lambda: tug.events().count(pattern) >= count)

    works(1)
    ip(g, "link", "set", "eth0", "down")
    events("eth0 went down", 1)
    ip(g, "link", "set", "eth0", "up")
    events("serving eth0 at " + SERVER, 1)
    works(2)
    ip(g, "address", "flush", "dev", "eth0")
    events("eth0 went down or lost its address", 2)
    ip(g, "address", "add", NETWORK + ".1/24", "brd", "+", "dev", "eth0")
    events("serving eth0 at " + SERVER, 2)
    works(3)
    # Another address: what is told to machines is the new one.
    former, ground.SERVER = ground.SERVER, NETWORK + ".9"
    try:
        ip(g, "address", "flush", "dev", "eth0")
        ip(g, "address", "add", NETWORK + ".9/24", "brd", "+", "dev", "eth0")
        events("serving eth0 at %s.9" % NETWORK, 1)
        works(4)
        offer = dhcp.discover(mac_of(5))
        check(offer[4][54] == bytes((192, 168, 77, 9)), "server id %r" % offer[4][54])
    finally:
        ground.SERVER = former
    # Gone, and made anew with another index.
    ip(g, "link", "delete", "eth0")
    events("eth0 went down or lost its address", 3)
    g.cable(g.server, "eth0", "br0", SERVER)
    events("serving eth0 at " + SERVER, 3)
    new_card(g)
    works(6)
    # Flapping does no harm.
    for _ in range(15):
        ip(g, "link", "set", "eth0", "down")
        ip(g, "link", "set", "eth0", "up")
    time.sleep(0.5)
    works(7)
    tug.end()


def interface_appears_later(g):
    """Started before its interface is there, with and without naming it: served once it comes."""
    for interfaces in (None, ["eth1"]):
        ip(g, "link", "set", "eth0", "down")
        settings = {"interfaces": interfaces} if interfaces else {}
        tug = Tugboot(g, "proxy", settings).start()
        g.cable(g.server, "eth1", "br0", SECOND + ".1")
        tug.expect_event("serving eth1 at %s.1" % SECOND, 4)
        lab_module.command("ip", "-n", g.client, "address", "add", SECOND + ".50/24", "dev", "eth0")
        new_card(g)
        former, ground.SERVER = ground.SERVER, SECOND + ".1"
        try:
            wait_until(4, "HTTP is served on eth1", lambda: served(g))
            dhcp = ground.Dhcp(g)
            offer = dhcp.discover(mac_of(1), ((60, b"PXEClient:Arch:00007:UNDI:003000"),
                                              (93, b"\0\7")), tries=4)
            check(offer and offer[4][54] == bytes((192, 168, 78, 1)), "no proxy offer: %r" % (offer,))
            dhcp.sock.close()
        finally:
            ground.SERVER = former
        tug.end()
        ip(g, "link", "delete", "eth1")
        ip(g, "link", "set", "eth0", "up")
        lab_module.command("ip", "-n", g.client, "address", "del", SECOND + ".50/24", "dev", "eth0")


def foreign(g, name, last, *options):
    space = g.namespace(name)
    g.cable(space, "eth0", "br0", "%s.%d" % (NETWORK, last))
    process = g.start(
        space, name, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
        "--log-facility=-", "--port=0", "--pid-file", "--dhcp-leasefile=" + g.path(name + ".leases"),
        "--interface=eth0", "--no-ping", *options)
    process.wait_for(r"DHCP, (IP range|proxy)", 10)
    return process


def foreign_dhcp_server_is_named(g):
    """In mode server, a DHCP server that is there at the start is named within seconds, one that is
    heard later in passing too; tugboot never names itself."""
    other = foreign(g, "dhcp", 2, "--dhcp-range=%s.200,%s.220,1h" % (NETWORK, NETWORK))
    tug = Tugboot(g, "server").start()
    tug.expect_event(r"another DHCP server, %s\.2, answers on eth0" % NETWORK, 5)
    other.stop()
    foreign(g, "later", 3, "--dhcp-range=%s.221,%s.240,1h" % (NETWORK, NETWORK))
    time.sleep(0.3)
    check("%s.3" % NETWORK not in tug.events(), "named before it was heard")
    dhcp = ground.Dhcp(g)
    dhcp.discover(mac_of(1))
    tug.expect_event(r"another DHCP server, %s\.3, answers on eth0" % NETWORK, 5)
    time.sleep(1)
    check("server, %s," % SERVER not in tug.events(), "it named itself")
    check(tug.events().count("another DHCP server, %s.3" % NETWORK) == 1, "told more than once")
    tug.end()


def foreign_boot_server_is_named(g):
    """In mode proxy, a second boot server is named, at the start and in passing; a plain DHCP server
    beside it is not."""
    foreign(g, "plain", 2, "--dhcp-range=%s.200,%s.220,1h" % (NETWORK, NETWORK))
    boots = ("--dhcp-range=%s.0,proxy" % NETWORK, "--pxe-service=X86-64_EFI,other,other.efi",
             "--pxe-service=BC_EFI,other,other.efi", "--enable-tftp", "--tftp-root=/tmp")
    other = foreign(g, "boot", 3, *boots)
    tug = Tugboot(g, "proxy").start()
    tug.expect_event(r"another boot server, %s\.3, answers PXE on eth0" % NETWORK, 5)
    other.stop()
    foreign(g, "later", 4, *boots)
    dhcp = ground.Dhcp(g)
    dhcp.send(ground.dhcp_message(ground.DISCOVER, mac_of(1), 77, (
        (60, b"PXEClient:Arch:00007:UNDI:003000"), (93, b"\0\7"), (94, b"\1\3\0"),
        (97, b"\0" + bytes(16)), (55, bytes((1, 3, 43, 54, 60, 66, 67))))))
    tug.expect_event(r"another boot server, %s\.4, answers PXE on eth0" % NETWORK, 5)
    check("%s.2" % NETWORK not in tug.events(), "a plain DHCP server was named")
    check("server, %s," % SERVER not in tug.events(), "it named itself")
    tug.end()


if __name__ == "__main__":
    ground.main((interface_goes_and_comes, interface_appears_later,
                 foreign_dhcp_server_is_named, foreign_boot_server_is_named))

#!/usr/bin/env python3
"""One DHCPDISCOVER of UEFI PXE firmware, as a machine of a test: pxe_client.py INTERFACE MAC [ARCH]

Prints the kinds of the answers that came within two seconds. To be run in a machine's namespace.
"""
import socket
import struct
import sys
import time

MAGIC = b"\x63\x82\x53\x63"


def option(code, value):
    return bytes([code, len(value)]) + value


def discover(mac, arch):
    vendor = b"PXEClient:Arch:%05d:UNDI:003000" % arch
    fixed = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 0, 0x7B000000 + mac[5], 0, 0x8000,
                        b"", b"", b"", b"", mac, b"", b"")
    options = (option(53, b"\x01") + option(57, struct.pack("!H", 1472)) +
               option(55, bytes([1, 3, 6, 12, 43, 54, 60, 66, 67, 97])) +
               option(97, b"\x00" + bytes(10) + mac) + option(94, b"\x01\x03\x10") +
               option(93, struct.pack("!H", arch)) + option(60, vendor) + b"\xff")
    return (fixed + MAGIC + options).ljust(347, b"\x00")


def main():
    interface, mac = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
    arch = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as machine:
        machine.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        machine.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        machine.bind(("", 68))
        machine.sendto(discover(mac, arch), ("255.255.255.255", 67))
        until, answers = time.monotonic() + 2, 0
        while (left := until - time.monotonic()) > 0:
            machine.settimeout(left)
            try:
                packet, sender = machine.recvfrom(2048)
            except socket.timeout:
                break
            kind = packet.find(b"\x35\x01", 240)
            print("answer %d from %s" % (packet[kind + 2] if kind > 0 else 0, sender[0]))
            answers += 1
            until = min(until, time.monotonic() + 0.3)
    sys.exit(0 if answers else 1)


main()

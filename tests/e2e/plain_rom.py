#!/usr/bin/env python3
"""The wire of a machine whose PXE ROM is not iPXE: plain_rom.py TAP LISTEN-PORT QEMU-PORT

Every PXE ROM that Debian packages for virtual machines is iPXE and says so in its DHCP packets
(options 77 and 175), so a server would never name undionly.kpxe to it. This program stands between
the virtual machine (Ethernet frames in UDP datagrams, qemu's -netdev socket) and a tap, and gives
these two options unassigned codes, so that what the server sees is a plain PXE ROM. It does so only
until the first TFTP request: what the loaded program says afterwards is untouched.
"""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
DISGUISE = {77: 231, 175: 232}
PARAMETER_LIST = 55
FIXED, MAGIC = 236, b"\x63\x82\x53\x63"


def udp_payload(frame):
    """(start of the UDP header, destination port) of an IPv4 UDP frame that is whole, else None."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    start = 14 + (frame[14] & 15) * 4
    if struct.unpack_from("!H", frame, 20)[0] & 0x3FFF or len(frame) < start + 8:
        return None
    return start, struct.unpack_from("!H", frame, start + 2)[0]


def disguise(frame, start):
    """Rename the options that tell iPXE, in place; the UDP checksum becomes 'none'."""
    at = start + 8 + FIXED
    if frame[at:at + 4] != MAGIC or frame[start + 8] != 1:
        return
    at += 4
    while at + 1 < len(frame) and frame[at] != 255:
        if frame[at] == 0:
            at += 1
            continue
        frame[at] = DISGUISE.get(frame[at], frame[at])
        if frame[at] == PARAMETER_LIST:  # what it asks for tells iPXE as well
            for i in range(at + 2, min(at + 2 + frame[at + 1], len(frame))):
                frame[i] = DISGUISE.get(frame[i], frame[i])
        at += 2 + frame[at + 1]
    frame[start + 6:start + 8] = b"\0\0"


def main(tap_name, listen_port, qemu_port):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", tap_name.encode(), IFF_TAP | IFF_NO_PI))
    machine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    machine.bind(("127.0.0.1", listen_port))
    print("ready", flush=True)
    plain = True
    while True:
        for source in select.select([tap, machine], [], [])[0]:
            if source is tap:
                try:
                    machine.sendto(os.read(tap, 65536), ("127.0.0.1", qemu_port))
                except ConnectionRefusedError:
                    pass  # the machine is not there yet, or gone
                continue
            try:
                frame = bytearray(machine.recv(65536))
            except ConnectionRefusedError:
                continue
            udp = udp_payload(frame)
            if udp and udp[1] == 69 and plain:
                plain = False
                print("first TFTP request: from here on the machine speaks for itself", flush=True)
            if udp and udp[1] in (67, 4011) and plain:
                disguise(frame, udp[0])
            os.write(tap, frame)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

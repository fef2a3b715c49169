#!/usr/bin/env python3
"""A machine that boots from the network, as firmware and iPXE would, but without either: asks by
DHCP, fetches its loader by TFTP, asks again as iPXE, fetches its script by HTTP and then what the
script boots. To be run in a machine's namespace.

    machine.py INTERFACE MAC [--name HOSTNAME] [--product TEXT] [--only dhcp|script] [--rate BYTES]

Prints a line a step; the last one is "boots NAME", "menu", or what it gave up at.
"""
import argparse
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def option(code, value):
    return bytes([code, len(value)]) + value


class Machine:
    def __init__(self, options):
        self.interface, self.text_mac = options.interface, options.mac
        self.mac = bytes.fromhex(options.mac.replace(":", ""))
        self.options, self.address, self.server, self.file = options, None, None, ""

    def packet(self, kind, as_ipxe, more=b""):
        fixed = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 0, 0x7C000000 + self.mac[5] * 256 + kind,
                            0, 0x8000, b"", b"", b"", b"", self.mac, b"", b"")
        options = (option(53, bytes([kind])) + option(57, struct.pack("!H", 1472)) +
                   option(55, bytes([1, 3, 6, 12, 43, 54, 60, 66, 67, 97])) +
                   option(97, b"\x00" + bytes(9) + b"\x01" + self.mac) + option(94, b"\x01\x03\x10") +
                   option(93, struct.pack("!H", 7)) + option(60, b"PXEClient:Arch:00007:UNDI:003016"))
        if self.options.name:
            options += option(12, self.options.name.encode())
        if as_ipxe:
            # version 1.21.1, HTTP, menus, EFI
            options += option(77, b"iPXE") + option(
                175, b"\xb1\x05\x01\x80\x86\x10\x0e\xeb\x03\x01\x15\x01" + b"".join(
                    bytes([n, 1, 1]) for n in (19, 21, 36, 39)))
        return (fixed + MAGIC + options + more + b"\xff").ljust(347, b"\x00")

    def ask(self, kind, wanted, as_ipxe=False, more=b""):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode())
            s.bind(("", 68))
            for _ in range(8):
                s.sendto(self.packet(kind, as_ipxe, more), ("255.255.255.255", 67))
                until = time.monotonic() + 2
                while (left := until - time.monotonic()) > 0:
                    s.settimeout(left)
                    try:
                        reply = self.read(s.recv(2048))
                    except socket.timeout:
                        break
                    if reply and reply[53] == bytes([wanted]):
                        return reply
        sys.exit("no answer")

    def read(self, data):
        """Options by code; 0 is 'file', 1000 the address."""
        if len(data) < 241 or data[28:34] != self.mac or data[236:240] != MAGIC:
            return None
        found, at = {0: data[108:236].split(b"\0")[0], 1000: data[16:20]}, 240
        while at + 1 < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            found[data[at]] = data[at + 2:at + 2 + data[at + 1]]
            at += 2 + data[at + 1]
        return found if 53 in found else None

    def get_address(self, as_ipxe):
        offer = self.ask(DISCOVER, OFFER, as_ipxe)
        more = option(54, offer[54]) + option(50, offer[1000])
        reply = self.ask(REQUEST, ACK, as_ipxe, more)
        self.address = socket.inet_ntoa(reply[1000])
        self.server = socket.inet_ntoa(reply[54])
        self.file = (reply.get(67) or reply[0]).rstrip(b"\0").decode("latin-1")
        subprocess.run(["ip", "address", "replace", self.address + "/24", "dev", self.interface],
                       check=True)
        print("has %s, is told %s" % (self.address, self.file), flush=True)

    def tftp(self, name):
        """A plain transfer in blocks of 1428; how many bytes came."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(3)
            s.sendto(b"\0\1" + name.encode() + b"\0octet\0blksize\0" + b"1428\0", (self.server, 69))
            size, expected, block = 0, 1, 512
            while True:
                data, peer = s.recvfrom(2048)
                kind, number = struct.unpack("!HH", data[:4])
                if kind == 6:
                    block = 1428
                    s.sendto(b"\0\4\0\0", peer)
                elif kind == 3:
                    s.sendto(b"\0\4" + data[2:4], peer)
                    if number == expected & 0xffff:
                        expected += 1
                        size += len(data) - 4
                        if len(data) - 4 < block:
                            return size
                else:
                    sys.exit("TFTP: %r" % data)

    def fetch(self, url):
        """By HTTP, at the rate that was asked for; the bytes of a text, else how many came."""
        with urllib.request.urlopen(url, timeout=20) as reply:
            if not self.options.rate or not reply.headers["Content-Length"] or int(reply.headers["Content-Length"]) < 65536:
                return reply.read()
            size = 0
            while part := reply.read(self.options.rate // 10):
                size += len(part)
                time.sleep(0.1)
            return size

    def expand(self, text):
        values = {"net0/mac": self.text_mac, "mac": self.text_mac, "netX/mac": self.text_mac,
                  "next-server": self.server, "ip": self.address, "platform": "efi", "buildarch": "x86_64",
                  "product": self.options.product or "", "manufacturer": "QEMU", "version": "1.21.1",
                  "hostname": self.options.name or "", "uuid": "00000000-0000-0000-0100-" +
                  self.mac.hex(), "serial": "S-" + self.mac.hex(), "memsize": "4096"}

        def one(found):
            name, _, form = found[1].partition(":")
            value = values.get(name, "")
            return urllib.parse.quote(value, safe="") if form == "uristring" else value
        return re.sub(r"\$\{([^}]*)\}", one, text)

    def script(self, url, depth=0):
        """Run what matters of a script: chains, kernels, initrds, menus."""
        if depth > 6:
            sys.exit("chains without end")
        text = self.fetch(url).decode()
        files = []
        for line in text.splitlines():
            words = self.expand(line).split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] in ("item", "choose", "menu"):
                print("menu", flush=True)
                return
            if words[0] in ("chain", "imgexec"):
                target = next((w for w in words[1:] if not w.startswith("-")), "")
                if files:
                    break
                self.script(urllib.parse.urljoin(url, target), depth + 1)
                return
            if words[0] in ("kernel", "initrd", "module", "imgfetch", "shim"):
                target = next(w for w in words[1:] if w.startswith("http"))
                files.append(urllib.parse.urljoin(url, target))
            if words[0] == "boot":
                break
            if words[0] == "sanboot" or (words[0] == "exit" and not files):
                print("boots local", flush=True)
                return
        for file in files:
            got = self.fetch(file)
            print("has %s: %d bytes" % (file, got if isinstance(got, int) else len(got)), flush=True)
        image = re.search(r"/images/([^/]+)/", files[0]) if files else None
        print("boots %s" % (image[1] if image else "nothing"), flush=True)

    def boot(self):
        self.get_address(False)
        if self.options.only == "dhcp":
            return
        print("has its loader: %d bytes" % self.tftp(self.file), flush=True)
        self.get_address(True)
        if not self.file.startswith("http"):
            sys.exit("iPXE was told " + self.file)
        query = "mac=${mac}&uuid=${uuid}&product=${product:uristring}&manufacturer=${manufacturer}" \
                "&serial=${serial:uristring}&memory=${memsize}&hostname=${hostname:uristring}"
        self.script(self.file + ("" if "?" in self.file else "?" + self.expand(query)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interface")
    parser.add_argument("mac")
    parser.add_argument("--name")
    parser.add_argument("--product")
    parser.add_argument("--only")
    parser.add_argument("--rate", type=int, default=0)
    Machine(parser.parse_args()).boot()


main()

#!/usr/bin/env python3
"""Hostile clients: slow ones, half-open ones, floods and noise, with a normal client beside them.
TAP lines on standard output.

  load_faults.py [CASE...]
"""
import glob
import os
import random
import socket
import struct
import time

import ground
from ground import CLIENT, NETWORK, SERVER, Tugboot, check, mac_of

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden")


def files_of(g, size=4 << 20):
    os.makedirs(g.path("files"), exist_ok=True)
    data = random.Random(5).randbytes(size)
    with open(g.path("files/image"), "wb") as out:
        out.write(data)
    return g.path("files"), data


def slow_loris(g):
    """500 connections that send a byte now and then, 100 that read nothing: a normal client is
    served at once, and the slow ones are closed after a while."""
    files, data = files_of(g, 16 << 20)
    tug = Tugboot(g, "proxy", {"files": files}).start()
    slow = []
    for number in range(500):
        sock = g.tcp()
        sock.sendall(b"GET /image HTTP/1.1\r\nHost: x\r\nX-%d: " % number)
        slow.append(sock)
    for _ in range(100):
        sock = g.tcp()
        sock.sendall(b"GET /image HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.append(sock)
    longest = 0
    for _ in range(8):
        for sock in slow[:500]:
            try:
                sock.send(b"x")
            except OSError:
                pass
        begin = time.monotonic()
        check(ground.http_get(g, "/image") == (200, data), "the normal client")
        longest = max(longest, time.monotonic() - begin)
    # A head that never ends is ended: not for ever.
    begin, first = time.monotonic(), slow[0]
    first.settimeout(1)
    answer, until = None, begin + 60
    while answer is None and time.monotonic() < until:
        try:
            answer = first.recv(400)
            if answer:
                check(b" 408 " in answer.split(b"\r\n")[0], "answered %r" % answer[:40])
        except socket.timeout:
            try:
                first.send(b"x")
            except OSError:
                answer = b""
        except OSError:
            answer = b""
    check(answer is not None, "a drop a second kept a connection for a minute")
    took = time.monotonic() - begin
    for sock in slow:
        sock.close()
    tug.end()
    return "16 MiB within %.2f s, the slow ones cut after %.0f s more" % (longest, took)


def half_open_tftp(g):
    """2,000 read requests that are never answered, from as many ports: a normal client is served,
    and nothing is sent beyond the first window and its repetitions."""
    files, data = files_of(g, 1 << 20)
    tug = Tugboot(g, "proxy", {"files": files}).start()
    half = []
    begin = time.monotonic()
    for number in range(2000):
        sock = g.socket()
        sock.bind((CLIENT, 0))
        sock.setblocking(False)
        sock.sendto(ground.tftp_request("image", (("windowsize", 16),)), (SERVER, 69))
        half.append(sock)
        if number % 400 == 399:
            check(ground.tftp_get(g, "image", block_size=1400) == data, "the normal client")
    longest = 0
    for _ in range(4):
        start = time.monotonic()
        check(ground.tftp_get(g, "image", block_size=1400) == data, "the normal client")
        check(ground.http_get(g, "/image") == (200, data), "the normal client by HTTP")
        longest = max(longest, time.monotonic() - start)
    time.sleep(1)
    received = packets = 0
    for sock in half:
        while True:
            try:
                received += len(sock.recv(4096))
                packets += 1
            except BlockingIOError:
                break
        sock.close()
    # With options the first answer is an OACK: a few bytes, repeated a few times.
    check(received < 2000 * 30 * 12, "%d bytes for nothing: an amplifier" % received)
    check(packets >= 1500, "only %d answers" % packets)
    took = time.monotonic() - begin
    tug.end()
    return "1 MiB twice within %.2f s, %d answers of %d bytes, %.0f s" % (
        longest, packets, received // max(1, packets), took)


def flood_of_one(g):
    """One machine sends DISCOVER as fast as it can: it is told as an event and paused, and another
    gets its address at once."""
    tug = Tugboot(g, "server").start()
    dhcp, mac = ground.Dhcp(g), mac_of(1)
    flood = [ground.dhcp_message(ground.DISCOVER, mac, xid) for xid in range(100)]
    longest = sent = 0
    until = time.monotonic() + 3
    while time.monotonic() < until:
        for message in flood:
            dhcp.send(message)
        sent += len(flood)
        begin = time.monotonic()
        dhcp.dora(mac_of(1000 + random.randrange(20)), tries=3)
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.3)
    tug.expect_event(r"too many DHCP messages from " + mac.hex(":"), 2)
    check(tug.events().count("too many DHCP") < 20, "an event for each packet")
    tug.end()
    return "%d packets; others waited %.2f s at most" % (sent, longest)


def mutated(rng, seeds):
    """A packet somebody might send who wishes us ill."""
    kind = rng.random()
    if kind < 0.15 or not seeds:
        return rng.randbytes(rng.choice((0, 1, 4, 20, 200, 236, 240, 300, 548, 1400)))
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not data:
            break
        at = rng.randrange(len(data))
        what = rng.randrange(6)
        if what == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at] = rng.choice((0, 1, 255, 127, 128, 47, 92, 46, 37, 10, 13))
        elif what == 2:
            del data[at:at + rng.choice((1, 2, 7, 100))]
        elif what == 3:
            data[at:at] = data[at:at + rng.choice((1, 8, 64))]
        elif what == 4:
            data[at:at] = rng.randbytes(rng.choice((1, 3, 30)))
        else:
            del data[at:]
    return bytes(data[:1472])


def udp_payloads(path):
    """The UDP payloads of a capture (pcap, Ethernet, IPv4)."""
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    at = 24
    while order and at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        if frame[12:14] == b"\x08\x00" and frame[23:24] == b"\x11":
            yield frame[14 + (frame[14] & 15) * 4 + 8:]


def dhcp_seeds():
    mac, class_id = mac_of(7), b"PXEClient:Arch:00007:UNDI:003016"
    more = ((60, class_id), (93, b"\0\7"), (94, b"\1\3\x10"), (97, b"\0" + bytes(range(16))),
            (55, bytes(range(1, 30))), (57, b"\5\xc0"), (77, b"iPXE"), (12, b"a-name"),
            (43, b"\x47\4\x80\0\0\0\xff"), (61, b"\1" + mac), (175, b"\xb1\1\1\xeb\3\1\0\0"),
            (82, b"\1\4port\2\3sw1"), (52, b"\3"))
    seeds = [ground.dhcp_message(kind, mac, 5, more[:count]) for kind in range(1, 9)
             for count in (0, 5, len(more))]
    seeds.append(ground.dhcp_message(ground.REQUEST, mac, 6, ((50, b"\xc0\xa8\x4d\x65"),
                                                             (54, b"\xc0\xa8\x4d\1"))))
    return seeds


def fresh(g, dhcp):
    """Without what is still waiting to be read."""
    dhcp.sock.close()
    return ground.Dhcp(g)


def noise_on_all_ports(g):
    """20,000 random and mutated packets each of DHCP (67 and 4011), TFTP (and its transfer ports)
    and HTTP: it lives, says what it refused, and serves the next good client."""
    files, data = files_of(g, 1 << 20)
    host = {"name": "good", "mac": mac_of(2).hex(":"), "address": NETWORK + ".20"}
    tug = Tugboot(g, "server", {"files": files, "hosts": [host]}).start()
    rng = random.Random(20)
    captures = [payload for path in glob.glob(GOLDEN + "/*/*.pcap") for payload in
                udp_payloads(path)]
    seeds = dhcp_seeds() + [c for c in captures if len(c) > 240 and c[236:240] == b"\x63\x82\x53\x63"]
    dhcp, counts = ground.Dhcp(g), {}

    def alive(what):
        check(tug.alive(), "it died of %s:\n%s" % (what, ground.tail(tug.events(), 40)))
        refused = tug.status()["packets_refused"]
        counts[what] = refused - sum(counts.values())

    for number in range(20000):
        packet = mutated(rng, seeds)
        # Each from a machine of its own, else the limit for one keeps it from being read.
        if len(packet) > 34 and rng.random() < 0.8:
            packet = packet[:28] + mac_of(0x10000 + number) + packet[34:]
        dhcp.sock.sendto(packet, rng.choice(((SERVER, 67), (SERVER, 4011),
                                             ("255.255.255.255", 67))))
        if number % 64 == 0:
            time.sleep(0.002)
    alive("DHCP")
    tftp = g.udp()
    tftp.setblocking(False)
    tftp_seeds = [ground.tftp_request("image", (("blksize", 1428), ("tsize", 0), ("timeout", 2),
                                                ("windowsize", 8))),
                  ground.tftp_request("a\\b//..\\image"), ground.tftp_request("image", (), b"netascii"),
                  ground.tftp_request("x", opcode=ground.WRQ), struct.pack("!HH", 4, 1),
                  struct.pack("!HH", 5, 0) + b"no\0", struct.pack("!HH", 3, 1) + b"data"]
    peers = {(SERVER, 69)}
    for number in range(20000):
        to = (SERVER, 69) if number % 4 else rng.choice(list(peers))
        try:
            tftp.sendto(mutated(rng, tftp_seeds), to)
        except OSError:
            pass
        if number % 64 == 0:
            time.sleep(0.002)
            try:
                while True:
                    peers.add(tftp.recvfrom(4096)[1])
            except OSError:
                pass
        if number % 500 == 499:  # else its limit keeps the rest from being read
            tftp.close()
            tftp = g.udp()
            tftp.setblocking(False)
    alive("TFTP")
    http_seeds = [b"GET /image HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99,200-,-5\r\n\r\n",
                  b"HEAD //boot.ipxe?mac=52:54:00:00:00:01&uuid=x HTTP/1.0\r\n\r\n",
                  b"GET http://h/image HTTP/1.1\r\nHost: x\r\nIf-Range: \"a\"\r\nConnection: keep-alive"
                  b"\r\n\r\n", b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
                  b"GET /%2e%2e/%00/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
    sock = None
    for number in range(20000):
        try:
            if not sock or number % 8 == 0:
                if sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.close()
                sock = g.tcp(timeout=2)
                sock.setblocking(False)
            sock.send(mutated(rng, http_seeds))
            if number % 2:
                sock.recv(65536)
        except BlockingIOError:
            pass
        except OSError:
            sock = None
    alive("HTTP")
    for what, count in counts.items():
        check(count > 500, "only %d refusals of %s are counted" % (count, what))
    check(ground.http_get(g, "/image") == (200, data), "HTTP afterwards")
    check(ground.tftp_get(g, "image") == data, "TFTP afterwards")
    dhcp = fresh(g, dhcp)
    check(dhcp.dora(mac_of(2), tries=5) == NETWORK + ".20", "DHCP afterwards")
    tug.end()
    return "refused: " + ", ".join("%s %d" % item for item in counts.items())


if __name__ == "__main__":
    ground.main((slow_loris, half_open_tftp, flood_of_one, noise_on_all_ports))

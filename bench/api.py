#!/usr/bin/env python3
"""How long the daemon takes for each page of the API with much behind it: ten thousand hosts and a
million events in the store. Prints the slowest of five answers for each, in milliseconds; the aim is
200 at most.
"""
import os
import socket
import sqlite3
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests/e2e"))

import lab as lab_module  # noqa: E402
import servers  # noqa: E402

HOSTS, EVENTS, MACHINES = 10000, 1000000, 2000
PAGES = ["/status", "/hosts", "/hosts?limit=100&after=host-05000", "/hosts/host-09999", "/events",
         "/events?after=%d" % (EVENTS - 1000), "/events?after=500000&limit=1000",
         "/machines/02:00:00:00:07:00/timeline?limit=1000", "/machines", "/network", "/doctor",
         "/images", "/explain?mac=02:00:00:00:07:00", "/metrics", "/openapi.json"]


def fill(path):
    db = sqlite3.connect(path)
    db.execute("DELETE FROM event")
    event = ('{"event":"TFTP_DONE","level":"info","stage":"loader","time_ms":%d,"sequence":%d,'
             '"machine":"02:00:00:00:%02x:%02x","message":"has ipxe.efi","fields":{}}')
    first = 0x020000000000
    db.executemany("INSERT INTO event VALUES (?,?,?,?)", (
        (i + 1, first + i % MACHINES, 1700000000000 + i,
         event % (1700000000000 + i, i + 1, i % MACHINES // 256, i % MACHINES % 256))
        for i in range(EVENTS)))
    db.executemany("INSERT INTO host (name, mac, address, variables) VALUES (?,?,0,'{}')", (
        ("host-%05d" % i, first + i) for i in range(HOSTS)))
    db.commit()
    db.close()


def ask(control, target):
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(control)
        s.sendall(("GET /api/v1%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target).encode())
        data = b""
        while part := s.recv(1 << 20):
            data += part
    if b" 200 " not in data[:20]:
        sys.exit("%s: %r" % (target, data[:300]))
    return (time.monotonic() - begun) * 1000, len(data)


def main():
    lab_module.prepare()
    with tempfile.TemporaryDirectory(prefix="tugboot-bench-") as folder, \
            lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755)
        server = servers.Tugboot(lab, "server", {"recorder": {"events-kept": 2 * EVENTS}}).start()
        server.stop()
        fill(lab.path("state/tugboot.db"))
        server.start()
        ask(server.control, "/status")  # what still goes on at the start is no page's matter
        print("%d hosts, %d events; the slowest of five, at most 200 ms wanted" % (HOSTS, EVENTS))
        for page in PAGES:
            answers = [ask(server.control, page) for _ in range(5)]
            print("%7.1f ms  %7d bytes  %s" % (max(a[0] for a in answers), answers[0][1], page))


if __name__ == "__main__":
    main()

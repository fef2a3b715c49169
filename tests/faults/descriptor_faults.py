#!/usr/bin/env python3
"""No file descriptors left in the running daemon. TAP lines on standard output.

  descriptor_faults.py [CASE...]
"""
import os
import random
import resource
import time

import ground
from ground import LabError, Tugboot, check, mac_of, wait_until


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_numbers(pid):
    return {int(number) for number in os.listdir("/proc/%d/fd" % pid)}


def set_limit(pid, spare):
    """Leave room for `spare` more descriptors: the limit is of their numbers, and the lowest free one is
    taken. Only once what the daemon does by itself has opened and closed its own."""
    steady = 0
    used = open_numbers(pid)
    while steady < 10:
        time.sleep(0.05)
        before, used = used, open_numbers(pid)
        steady = steady + 1 if used == before else 0
    limit = next(number for number in range(1 << 20)
                 if number not in used and len(set(range(number)) - used) == spare)
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    return resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))


def no_descriptors(g):
    """With no descriptor left, DHCP goes on, TFTP and HTTP clients wait or are refused by name, the
    control socket does not spin, and all of it is well again, by itself, once there are some."""
    files = g.path("files")
    os.makedirs(files)
    data = random.Random(2).randbytes(200000)
    with open(files + "/image", "wb") as out:
        out.write(data)
    tug = Tugboot(g, "server", {"files": files}).start()
    dhcp = ground.Dhcp(g)
    dhcp.dora(mac_of(1))
    # The menu is made anew once the loaders were looked at, and the former one keeps its folders open
    # until each thread has been asked for something since.
    wait_until(30, "the loaders are looked at", lambda: "for Secure Boot" in tug.events())
    for _ in range(20):
        check(ground.http_get(g, "/image") == (200, data), "HTTP before")
    check(ground.tftp_get(g, "image") == data, "TFTP before")
    dhcp.dora(mac_of(1))
    for spare in (0, 1, 3):
        said = tug.events().count("no file descriptors left")
        former = set_limit(tug.pid(), spare)
        try:
            waiting = [g.tcp() for _ in range(20)]  # the kernel takes them
            for sock in waiting:
                sock.sendall(b"GET /image HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            begin, cpu = time.monotonic(), cpu_seconds(tug.pid())
            for number in range(6):
                dhcp.dora(mac_of(10 * spare + number + 2))
            if spare == 0:
                try:
                    got = ground.tftp_get(g, "image", timeout=0.5)
                    raise LabError("TFTP sent %d bytes without a descriptor" % len(got))
                except (ground.TftpRefused, LabError) as refused:
                    check("without" not in str(refused), str(refused))
            # Readers of the control socket that cannot be taken in.
            readers = [g.start(g.server, "reader", tug.program, "status", "--config", tug.config)
                       for _ in range(3)]
            time.sleep(2)
            spent = (cpu_seconds(tug.pid()) - cpu) / (time.monotonic() - begin)
            check(tug.alive(), "it died:\n" + ground.tail(tug.events(), 20))
            check(spent < 0.5 * ground.slowness(tug.program),
                  "it spins: %.0f %% of a processor" % (100 * spent))
            told = tug.events().count("no file descriptors left") - said
            check(spare > 0 or told > 0, "not told")
            check(told < 12, "told %d times" % told)
        finally:
            resource.prlimit(tug.pid(), resource.RLIMIT_NOFILE, former)
        for sock in waiting:
            whole = b""
            sock.settimeout(5)
            try:
                while more := sock.recv(1 << 16):
                    whole += more
            except OSError as error:
                raise LabError("spare %d: a waiting client: %s after %d" % (spare, error, len(whole)))
            head, _, body = whole.partition(b"\r\n\r\n")
            check(body == data or b" 503 " in head.split(b"\r\n")[0],
                  "spare %d: a waiting client got %d bytes: %r" % (spare, len(whole), head[:60]))
            sock.close()
        check(ground.http_get(g, "/image") == (200, data), "HTTP afterwards")
        check(ground.tftp_get(g, "image") == data, "TFTP afterwards")
        for reader in readers:
            wait_until(5, "a reader of the status ends", lambda: not reader.running())
        check(tug.status()["pid"] == tug.pid(), "the status afterwards")
        dhcp.dora(mac_of(100 + spare))
    # The images folder changes while it cannot be read: seen later.
    tug.end()


if __name__ == "__main__":
    ground.main((no_descriptors,))

#!/usr/bin/env python3
"""Trouble with the disk and the database: full, torn, of another kind, and the daemon killed at any
moment. TAP lines on standard output.

  store_faults.py [CASE...]
"""
import contextlib
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import ground
from ground import ACK, LabError, Tugboot, check, mac_of, tail

@contextlib.contextmanager
def small_disk(folder, size):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "tugboot-faults", folder],
                   check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def fill(folder):
    """Not a byte is left."""
    path = folder + "/ballast"
    with open(path, "ab", buffering=0) as out:
        for size in (65536, 4096, 512, 1):
            try:
                while out.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return path


def database_of(state):
    found = [name for name in os.listdir(state) if name.endswith(".db")]
    check(len(found) == 1, "databases in %s: %s" % (state, found))
    return os.path.join(state, found[0])


def leases_on_disk(state):
    """Address -> MAC of active leases, read as another program would."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % database_of(state), uri=True)) as db:
        check(db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the database is not sound")
    return True


def lease_list(tug):
    rows = {}
    for lease in json.loads(tug.tool("lease", "list", "--json"))["leases"]:
        rows[lease["address"]] = lease
    return rows


def disk_full(g):
    """No ACK without its lease on disk, known machines still answered with no more than is on disk,
    and all by itself well again when there is room."""
    g.own_pool()
    with small_disk(g.path("state"), 1 << 20) as state:
        lease = 120  # short, so that a renewal after seconds is one that wants to be written
        subnet = {"network": ground.NETWORK + ".0/24", "lease": "%ds" % lease,
                  "pool": ["%s.100-%s.199" % (ground.NETWORK, ground.NETWORK)]}
        tug = Tugboot(g, "server", {"dhcp": {"subnets": [subnet]}}).start()
        dhcp = ground.Dhcp(g)
        known = {mac_of(i): dhcp.dora(mac_of(i)) for i in range(3)}
        given_until = time.monotonic()
        ballast = fill(state)
        # New machines: until something fits no more, each ACK must be on disk already.
        number, refused, acked = 100, None, {}
        until = time.monotonic() + 20
        while not refused and time.monotonic() < until:
            number += 1
            offer = dhcp.discover(mac_of(number), tries=2)
            if not offer:
                break
            reply = dhcp.request(mac_of(number), offer[2], tries=1, seconds=1.0)
            if reply and reply[1] == ACK:
                acked[mac_of(number)] = reply[2]
                fill(state)
            else:
                refused = number
        check(refused, "%d ACKs on a full disk" % len(acked))
        tug.expect_event(r"the database refused a change", 5)
        check(not tug.status()["store_works"], "the status says the store works")
        listed = lease_list(tug)
        for mac, address in acked.items():
            check(address in listed, "%s was acknowledged and is not on disk" % address)
        # Known ones: answered, and never promised longer than what is on disk.
        time.sleep(max(0, given_until + 4 - time.monotonic()))
        for mac, address in known.items():
            reply = dhcp.renew(mac, address)
            check(reply and reply[1] == ACK and reply[2] == address,
                  "the known %s got %s" % (address, reply and reply[1]))
            seconds = int.from_bytes(reply[4][51], "big")
            left = lease - (time.monotonic() - given_until)
            check(left - 5 < seconds <= left + 1, "%s was promised %d s, on disk are %d"
                  % (address, seconds, left))
        for _ in range(3):
            reply = dhcp.request(mac_of(refused), offer[2], tries=1, seconds=0.5)
            check(not reply or reply[1] != ACK, "an ACK on a full disk")
        os.unlink(ballast)
        tug.expect_event(r"the database takes changes again", 8)
        address = dhcp.dora(mac_of(refused), tries=5)
        check(address in lease_list(tug), "the new lease is not on disk")
        check(tug.status()["store_works"], "the status still says the store fails")
        reply = dhcp.renew(next(iter(known)), known[next(iter(known))])
        check(int.from_bytes(reply[4][51], "big") >= lease - 2, "no full lease time after the recovery")
        tug.end()
        leases_on_disk(state)
    return "%d more ACKs fitted" % len(acked)


def disk_full_at_start(g):
    """Without a database there a full disk is told and nothing is left behind; with one, what a
    killed daemon left, known machines are answered."""
    g.own_pool()
    with small_disk(g.path("state"), 1 << 20) as state:
        ballast = fill(state)
        tug = Tugboot(g, "server")
        done = g.start(g.server, "fresh", tug.program, "serve", "--config", tug.config)
        check(done.child.wait(10) == 1, "it started:\n" + done.text())
        said = done.text().strip()
        check("is full: make room and try again" in said and len(said.splitlines()) == 1, said)
        # A folder for recipes is made like the state itself, and takes no room of a database.
        left = set(os.listdir(state)) - {"recipes"}
        check(left == {"ballast"}, "left behind: %s" % left)
        os.unlink(ballast)
        tug.start()
        dhcp = ground.Dhcp(g)
        address = dhcp.dora(mac_of(1))
        tug.kill()
        ballast = fill(state)
        tug.start()
        reply = dhcp.renew(mac_of(1), address)
        check(reply and reply[1] == ACK and reply[2] == address, "the known machine: %r" % (reply,))
        tug.expect_event(r"the database refused a change", 5)
        os.unlink(ballast)
        tug.expect_event(r"the database takes changes again", 8)
        dhcp.dora(mac_of(2), tries=5)
        tug.end()


def broken_database_is_refused(g):
    """Garbage, a torn page, a folder, no right to read, a newer schema: a sentence that names the
    file, exit 1, and not a byte of it changed."""
    state = g.path("state")
    tug = Tugboot(g, "server").start()
    dhcp = ground.Dhcp(g)
    for number in range(40):
        dhcp.dora(mac_of(number), tries=5)
    tug.end()
    database = database_of(state)
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(state, g.path("good"))

    def garbage():
        with open(database, "wb") as out:
            out.write(random.Random(1).randbytes(20000))

    def text():
        with open(database, "w", encoding="ascii") as out:
            out.write("my shopping list\n" * 30)

    def torn():
        with open(database, "r+b") as out:
            out.seek(0, os.SEEK_END)
            size = out.tell()
            for page in range(1, size // 4096):
                out.seek(page * 4096)
                out.write(random.Random(page).randbytes(2048))

    def cut():
        os.truncate(database, os.path.getsize(database) // 2 // 4096 * 4096 + 1000)

    def newer():
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("PRAGMA user_version = 9999")

    def stranger():
        os.unlink(database)
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("CREATE TABLE music (title TEXT)")
            db.commit()

    def folder():
        os.unlink(database)
        os.mkdir(database)

    def dangling():
        os.unlink(database)
        os.symlink(g.path("nowhere/at/all"), database)

    for harm in (garbage, text, torn, cut, newer, stranger, folder, dangling):
        shutil.rmtree(state)
        shutil.copytree(g.path("good"), state)
        harm()
        before = None if os.path.isdir(database) or os.path.islink(database) else open(
            database, "rb").read()
        done = g.start(g.server, harm.__name__, tug.program, "serve", "--config", tug.config)
        try:
            status = done.child.wait(10)
        except subprocess.TimeoutExpired:
            raise LabError("%s: it started:\n%s" % (harm.__name__, tail(done.text(), 8)))
        said = done.text()
        check(status == 1, "%s: exit %d:\n%s" % (harm.__name__, status, said))
        check(database in said, "%s: the file is not named: %s" % (harm.__name__, said))
        check(len(said.strip().splitlines()) <= 2, "%s: no single sentence:\n%s"
              % (harm.__name__, said))
        if before is not None:
            check(open(database, "rb").read() == before, "%s: the file was changed" % harm.__name__)
        print("#   %s: %s" % (harm.__name__, said.strip()))
    # No right to read it: as another user.
    shutil.rmtree(state)
    shutil.copytree(g.path("good"), state)
    tug.write_config({"user": "nobody", "state": state})
    unreadable(g, tug, state, database)


def unreadable(g, tug, state, database):
    """Who is started as a plain user and may not read the file says so."""
    os.chmod(database, 0o600)
    os.chmod(state, 0o755)
    high = {"port": 7069}
    tug.write_config({"user": "", "dhcp": {"mode": "off"}, "tftp": high, "http": {"port": 7080},
                      "control": g.path("images/control")})
    for name in ("images",):
        os.chown(g.path(name), 65534, 65534)
    os.chmod(tug.config, 0o644)
    done = g.start(g.server, "unreadable", "setpriv", "--reuid=65534", "--regid=65534",
                   "--clear-groups", tug.program, "serve", "--config", tug.config)
    status = done.child.wait(10)
    said = done.text()
    print("#   unreadable: %s" % said.strip())
    check(status == 1 and database in said, "unreadable: exit %d: %s" % (status, said))


class Load(threading.Thread):
    """Many machines, each getting and renewing its lease for ever; what was acknowledged is kept."""

    def __init__(self, g, machines):
        super().__init__(daemon=True)
        self.dhcp, self.machines = ground.Dhcp(g), machines
        self.acked = {}  # MAC -> address
        self.count, self.stop, self.trouble = 0, False, None

    def run(self):
        try:
            while not self.stop:
                self.step()
        except Exception as error:  # told by the case
            self.trouble = error

    def step(self):
        waiting = {}
        for _ in range(16):
            mac, xid = mac_of(random.randrange(self.machines)), random.getrandbits(32)
            waiting[xid] = mac
            address = self.acked.get(mac)
            if address and random.random() < 0.7:
                self.dhcp.send(ground.dhcp_message(ground.REQUEST, mac, xid, (), address, False),
                               ground.SERVER)
            else:
                self.dhcp.send(ground.dhcp_message(ground.DISCOVER, mac, xid))
        until = time.monotonic() + 0.1
        while waiting and time.monotonic() < until:
            self.dhcp.sock.settimeout(0.1)
            try:
                reply = ground.dhcp_read(self.dhcp.sock.recv(4096))
            except socket.timeout:
                break
            if reply and reply[0] in waiting:
                self.take(waiting, reply)

    def take(self, waiting, reply):
        xid, kind, address, mac, _ = reply
        del waiting[xid]
        if kind == ground.OFFER:
            again = random.getrandbits(32)
            waiting[again] = mac
            self.dhcp.send(ground.dhcp_message(ground.REQUEST, mac, again, (
                (54, socket.inet_aton(ground.SERVER)), (50, socket.inet_aton(address)))))
        elif kind == ACK:
            former = self.acked.get(mac)
            check(former in (None, address), "%s had %s and was given %s"
                  % (mac.hex(":"), former, address))
            self.acked[mac] = address
            self.count += 1


def killed_in_a_loop(g):
    """kill -9 at random moments under load, 20 times: what was acknowledged is remembered, and no
    address is with two machines."""
    g.own_pool()
    tug = Tugboot(g, "server")
    load = Load(g, 90)
    tug.start()
    load.start()
    for round_number in range(20):
        time.sleep(random.uniform(0.05, 0.6))
        tug.kill()
        promised = dict(load.acked)  # what comes later comes from the next one
        tug.start()
        listed = lease_list(tug)
        holders = {}
        for mac, address in promised.items():
            check(address in listed and listed[address]["mac"] == mac.hex(":"),
                  "round %d: %s of %s is not remembered: %s"
                  % (round_number, address, mac.hex(":"), listed.get(address)))
            other = holders.setdefault(address, mac)
            check(other == mac, "%s is with two machines" % address)
        check(not load.trouble, "round %d: %s" % (round_number, load.trouble))
    load.stop = True
    load.join()
    check(load.count > 200, "only %d ACKs" % load.count)
    dhcp = load.dhcp
    for mac, address in load.acked.items():
        check(dhcp.renew(mac, address)[2] == address, "%s cannot renew" % address)
    tug.end()
    leases_on_disk(g.path("state"))
    return "%d ACKs, %d machines" % (load.count, len(load.acked))


if __name__ == "__main__":
    ground.main((disk_full, disk_full_at_start, broken_database_is_refused, killed_in_a_loop))

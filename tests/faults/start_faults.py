#!/usr/bin/env python3
"""Starting where something is in the way, ending under load, and new configurations, good and bad.
TAP lines on standard output.

  start_faults.py [CASE...]
"""
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time

import ground
from ground import LabError, Tugboot, check, mac_of, tail, wait_until


def refused(g, tug, name, *words, wrapper=()):
    """It must not start, with one sentence that holds all `words`; the sentence."""
    process = g.start(g.server, name, *wrapper, tug.program, "serve", "--config", tug.config)
    try:
        status = process.child.wait(10)
    except subprocess.TimeoutExpired:
        raise LabError("%s: it started:\n%s" % (name, tail(process.text(), 5)))
    said = process.text().strip()
    check(status == 1, "%s: exit %d: %s" % (name, status, said))
    for word in words:
        check(word in said, "%s: %r is not in: %s" % (name, word, said))
    check(len(said.splitlines()) == 1, "%s: not one sentence:\n%s" % (name, said))
    print("#   %s: %s" % (name, said))
    return said


def in_other_namespace(process):
    return "process %d" % process.child.pid


def who_holds_the_port(g):
    """dnsmasq on 67, on 69, nginx on 80, another tugboot: named with program and process."""
    tug = Tugboot(g, "server")
    dnsmasq = ("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
               "--log-facility=-", "--port=0", "--pid-file", "--interface=eth0",
               "--dhcp-leasefile=" + g.path("leases"))
    other = g.start(g.server, "dnsmasq67", *dnsmasq, "--dhcp-range=192.168.77.10,192.168.77.20")
    other.wait_for("DHCP, IP range", 5)
    refused(g, tug, "dhcp", "UDP port 67", "dnsmasq", in_other_namespace(other))
    other.stop()
    os.makedirs(g.path("tree"))
    os.chmod(g.folder, 0o755)
    other = g.start(g.server, "dnsmasq69", *dnsmasq, "--enable-tftp", "--tftp-root=" + g.path("tree"))
    other.wait_for("TFTP", 5)
    refused(g, tug, "tftp", "UDP port 69", "dnsmasq", in_other_namespace(other))
    other.stop()
    with open(g.path("nginx.conf"), "w", encoding="ascii") as out:
        out.write("daemon off; master_process off; pid %s; error_log stderr;\n"
                  "events {}\nhttp { access_log off; server { listen 80; root %s; } }\n"
                  % (g.path("nginx.pid"), g.path("tree")))
    if os.path.exists("/usr/sbin/nginx"):
        other = g.start(g.server, "nginx", "/usr/sbin/nginx", "-c", g.path("nginx.conf"), "-p",
                        g.path("tree"))
        ground.wait_until(10, "nginx serves", lambda: os.path.exists(g.path("nginx.pid")))
        check(other.running(), "nginx did not start:\n" + other.text())
        refused(g, tug, "http", "TCP port 80", "nginx", in_other_namespace(other))
        other.stop()
    tug.start()
    said = refused(g, tug, "second", "67", in_other_namespace(tug.process))
    # Only HTTP and TFTP: without DHCP in the way.
    for mode, word in (("off", "69"),):
        tug.write_config({"dhcp": {"mode": mode, "subnets": []}, "user": ""})
        refused(g, tug, "second-" + mode, word, "tugboot", in_other_namespace(tug.process))
    tug.write_config({"dhcp": {"mode": "off", "subnets": []}, "user": "",
                      "tftp": {"enabled": False}, "control": g.path("control2")})
    refused(g, tug, "second-http", "80", "tugboot", in_other_namespace(tug.process))
    tug.write_config({"dhcp": {"mode": "off", "subnets": []}, "user": "",
                      "tftp": {"enabled": False}, "http": {"enabled": False}})
    refused(g, tug, "second-control", "another tugboot already answers", "tugboot status")
    check(tug.alive() and tug.status()["pid"] == tug.pid(), "the first one suffered")
    ground.Dhcp(g).dora(mac_of(1))
    tug.end()
    return said


def broadcoms_port_is_taken(g):
    """4433 in another's hands: told on the first screen, and everything else works; when it is free,
    the page is answered there in any case."""
    other = g.start(g.server, "other4433", "python3", "-u", "-m", "http.server", "4433")
    other.wait_for("Serving HTTP", 10)
    tug = Tugboot(g, "server")
    tug.start()
    said = tug.process.text()
    check("Broadcom's signed iPXE is not answered: TCP port 4433 is taken by python3" in said, said)
    check("for Broadcom's iPXE 4433" not in said, said)
    check("altiris" not in json.dumps(tug.status()["ports"]), tug.status()["ports"])
    ground.Dhcp(g).dora(mac_of(1))
    tug.end()
    other.stop()
    tug.start()
    check("for Broadcom's iPXE 4433" in tug.process.text()[tug.seen:], tug.process.text())
    for name in ("Altiris/iPXE/GetPxeScript.aspx", "ALTIRIS/ipxe/getpxescript.aspx?x=1&mac=52:54:00:aa:00:01"):
        status, page = g.run(g.client, "curl", "-s", "http://192.168.77.1:4433/" + name)
        check(status == 0 and page.startswith("#!ipxe\n"), "%s: %s" % (name, page))
    tug.end()


def without_root(g):
    """As a plain user: a sentence that says how, for the folders and for the ports."""
    plain = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    tug = Tugboot(g, "server")
    os.chmod(tug.config, 0o644)
    refused(g, tug, "ports", "root", wrapper=plain)
    with open(g.path("default.yaml"), "w", encoding="ascii") as out:
        out.write("state: /var/lib/tugboot-of-nobody/state\n")
    tug.config = g.path("default.yaml")
    refused(g, tug, "folders", "root", wrapper=plain)


def bad_configurations(g):
    """What is wrong with a file is told with its place and what would be right; it is not started."""
    tug = Tugboot(g, "server")

    def check_file(text):
        with open(tug.config, "w", encoding="utf-8") as out:
            out.write(text)
        status, said = g.run(g.server, tug.program, "check", tug.config)
        check(status != 0, "it passed the check: %s" % text)
        process = g.start(g.server, "bad", tug.program, "serve", "--config", tug.config)
        check(process.child.wait(5) == 1, "it started with: %s" % text)
        return said

    for text, words in (("stat: /tmp\n", ("1:1", "state")),
                        ("dhcp:\n  mod: proxy\n", ("2:3", "mode")),
                        ("tftp:\n  port: 99999\nhtp: {}\n", ("2:9", "65535", "3:1", "http")),
                        ("hosts:\n  - name: a\n    adress: 1.2.3.4\n", ("3:5", "address")),
                        ("a: [\n", ("1:", )), ("\0\1\2", ()), ("- a\n- b\n", ()),
                        ("state: \xff\n", ())):
        said = check_file(text)
        for word in words:
            check(word in said, "%r is not told of %r: %s" % (word, text, said))
    with open(tug.config, "wb") as out:
        out.write(random.Random(3).randbytes(5000))
    check(g.run(g.server, tug.program, "check", tug.config)[0] != 0, "noise passed the check")
    status, said = g.run(g.server, tug.program, "check", g.path("nowhere.yaml"))
    check(status != 0 and "nowhere.yaml" in said, said)
    os.mkfifo(g.path("fifo.yaml"))
    status, said = g.run(g.server, tug.program, "check", g.path("fifo.yaml"), seconds=5)
    check(status != 0 and "FIFO" in said, said)


def reload(g):
    """SIGHUP: a broken file leaves the old configuration in force, says so as an event and in the
    status; what needs a restart is refused by name; a good one is taken, an editor's new file too."""
    tug = Tugboot(g, "server", {"menu": {"title": "first"}}).start()
    good = open(tug.config, encoding="utf-8").read()
    dhcp = ground.Dhcp(g)
    address = dhcp.dora(mac_of(1))

    def hup(text, replace=False):
        path = tug.config + (".new" if replace else "")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        if replace:
            os.rename(path, tug.config)
        tug.process.child.send_signal(signal.SIGHUP)

    def title():
        script = ground.http_get(g, "/boot.ipxe?mac=52:54:00:aa:bb:cc")[1].decode()
        return next(line for line in script.splitlines() if line.startswith("menu "))

    check("first" in title(), title())
    hup(good.replace('"menu"', '"menue"'))
    tug.expect_event(r"the new configuration is not in force: .*menu", 3)
    check("menu" in tug.status()["reload_trouble"], tug.status()["reload_trouble"])
    check("menu" in tug.tool("status"), "`tugboot status` does not say it")
    check("first" in title() and dhcp.request(mac_of(1), address)[2] == address, "not the old one")
    hup(good.replace('"state": "', '"state": "/elsewhere'))
    tug.expect_event(r"not in force: .*'state' cannot change", 3)
    hup(good.replace("first", "second"))
    tug.expect_event(r"configuration reloaded", 3)
    check(not tug.status().get("reload_trouble"), "the status still complains")
    check("second" in title(), title())
    # Editors write a new file and rename it.
    hup(good.replace("first", "third"), replace=True)
    wait_until(3, "the renamed file is taken", lambda: "third" in title())
    os.unlink(tug.config)
    tug.process.child.send_signal(signal.SIGHUP)
    tug.expect_event(r"not in force: .*tugboot.yaml", 3)
    check("third" in title(), title())
    # A storm of signals, good and bad files in turn.
    for number in range(60):
        hup(good if number % 2 else "rubbish: [")
    hup(good.replace("first", "last"))
    wait_until(3, "the last file is in force", lambda: "last" in title())
    tug.end()
    tug.write_config({"user": ""})


class Hammer(threading.Thread):
    """Clients of one kind, until told to stop; their failures are the server's good right."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.stop, self.count = work, False, 0

    def run(self):
        while not self.stop:
            try:
                self.work()
                self.count += 1
            except Exception:  # cut, refused, reset: the server is going away
                time.sleep(0.01)


def ended_under_load(g):
    """SIGTERM in the middle of transfers, leases and event readers, six times: an end within 2 s,
    exit 0, no word of a sanitizer, a sound database that has every acknowledged lease."""
    g.own_pool()
    os.makedirs(g.path("files"))
    with open(g.path("files/big"), "wb") as out:
        out.truncate(64 << 20)
    lock, acked, dhcp, longest = threading.Lock(), {}, ground.Dhcp(g), 0

    def lease():
        mac = mac_of(random.randrange(80))
        address = dhcp.dora(mac, tries=1, seconds=0.2)
        with lock:
            acked[mac] = address

    def tftp():
        ground.tftp_get(g, "big", timeout=0.3)

    tug = Tugboot(g, "server", {"files": g.path("files")})
    hammers = [Hammer(lease), Hammer(tftp), Hammer(tftp),
               Hammer(lambda: ground.http_get(g, "/big", timeout=1)),
               Hammer(lambda: ground.http_get(g, "/boot.ipxe", timeout=1))]
    tug.start()
    for hammer in hammers:
        hammer.start()
    followers = []
    for _ in range(6):
        for _ in range(3):
            followers.append(g.start(g.server, "follow", tug.program, "events", "--follow", "--config",
                                     tug.config))
        time.sleep(random.uniform(0.3, 0.9))
        slow = [g.tcp() for _ in range(20)]
        for sock in slow:
            sock.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        longest = max(longest, tug.end())
        for sock in slow:
            sock.close()
        for follower in followers:
            wait_until(2, "a reader of events ends", lambda: not follower.running())
        followers.clear()
        with contextlib.closing(sqlite3.connect(g.path("state/tugboot.db"))) as db:
            check(db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "not sound")
        with lock:
            promised = dict(acked)
        tug.start()
        rows = json.loads(tug.tool("lease", "list", "--json"))["leases"]
        listed = {row["address"]: row["mac"] for row in rows}
        for mac, address in promised.items():
            check(listed.get(address) == mac.hex(":"), "%s of %s is not remembered" % (
                address, mac.hex(":")))
    for hammer in hammers:
        hammer.stop = True
    tug.end()
    for hammer in hammers:
        hammer.join()
    check(hammers[0].count > 20 and hammers[3].count > 1, "no load: %s" % [h.count for h in hammers])
    return "%.2f s at most" % longest


if __name__ == "__main__":
    ground.main((who_holds_the_port, broadcoms_port_is_taken, without_root, bad_configurations, reload,
                 ended_under_load))

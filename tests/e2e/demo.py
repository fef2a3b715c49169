#!/usr/bin/env python3
"""Shows tugboot at work without a second machine: a private network with a plain DHCP server, tugboot
beside it as proxy, and three virtual machines (BIOS, UEFI PXE, UEFI HTTP Boot) that boot into the
Debian installer. The timeline of each is shown live, and at the end what stood on each screen.

  demo.py [--keep] [--server reference] [bios] [uefi-pxe] [uefi-http]
"""
import argparse
import os
import shutil
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
import vm  # noqa: E402
from lab import LabError, tail  # noqa: E402

MACHINES = (("bios", "52:54:00:0b:10:05", "BIOS: SeaBIOS with the iPXE ROM of its network card"),
            ("uefi-pxe", "52:54:00:0e:f1:01", "UEFI: OVMF's PXE over IPv4"),
            ("uefi-http", "52:54:00:0e:f1:02", "UEFI: OVMF's HTTP Boot over IPv4"))


class Screen:
    """One writer for all threads; each line carries the seconds since the start."""

    def __init__(self):
        self.lock, self.begin = threading.Lock(), time.monotonic()

    def say(self, line=""):
        with self.lock:
            print(line, flush=True)

    def tell(self, who, line):
        self.say("%6.1f s  %-10s %s" % (time.monotonic() - self.begin, who, line))


def follow(server, lab, screen, over):
    """Pass on the events of the running daemon, a line each, with the machines' names for MACs."""
    if server.name == "tugboot":
        process = lab.start(lab.server, "follow", server.program, "events", "--follow", "--config",
                            server.config)
    else:
        process = server.process
    names = {mac: kind for kind, mac, _ in MACHINES}
    at = 0
    while True:
        ended = over.is_set()
        with open(process.log, encoding="utf-8", errors="replace") as log:
            log.seek(at)
            for line in iter(log.readline, ""):
                if not line.endswith("\n") and not ended:
                    break
                at = log.tell()
                who = next((name for mac, name in names.items() if mac in line.lower()), "")
                if line.strip():
                    screen.tell(who, line.rstrip())
        if ended:
            return
        time.sleep(0.1)


def boot(machine, title, token, screen, results):
    try:
        screen.tell(machine.name, "power on (%s)" % title)
        machine.start()
        line = machine.expect_kernel(token)[0]
        screen.tell(machine.name, "console: " + line.strip())
        seen = machine.expect_installer()[0]
        screen.tell(machine.name, "console: the installer says %r" % seen)
        seconds = machine.seconds()
        time.sleep(2)  # for the rest of that screen
        results[machine.name] = (True, seconds, machine.screen())
    except LabError as error:
        screen.tell(machine.name, "FAILED: " + str(error).splitlines()[0])
        results[machine.name] = (False, machine.seconds(), machine.screen())
    finally:
        machine.stop()


def show(kind, title, result, screen):
    good, seconds, text = result
    screen.say("\n--- %s: %s\n    %s after %.0f s; its serial console:" % (
        kind, title, "in the Debian installer" if good else "NOT in the installer", seconds))
    for line in text.splitlines():
        screen.say("    | " + line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("machines", nargs="*", choices=[row[0] for row in MACHINES] + [[]])
    parser.add_argument("--keep", action="store_true", help="keep consoles, events and capture")
    parser.add_argument("--server", choices=("tugboot", "reference"), default="tugboot")
    options = parser.parse_args()
    rows = [row for row in MACHINES if not options.machines or row[0] in options.machines]
    lab_module.prepare()
    for kind, _, _ in rows:
        if vm.missing(kind):
            sys.exit("demo: " + vm.missing(kind))
    if not os.path.isdir(servers.INSTALLER):
        sys.exit("demo: no Debian installer here (package debian-installer-12-netboot-amd64)")
    screen, results, token = Screen(), {}, os.urandom(6).hex()
    top = tempfile.mkdtemp(prefix="tugboot-demo.")
    os.chmod(top, 0o755)
    proxy = options.server == "tugboot"
    screen.say("A private network: a plain DHCP server at %s, the boot server at %s%s.\n"
               "Image: Debian's installer, with the random kernel argument tugboot.token=%s, so that\n"
               "what the consoles show can have come from here only.\n" % (
                   lab_module.FOREIGN, lab_module.SERVER, " as its proxy" if proxy else "", token))
    with lab_module.Lab(os.path.join(top, "lab"), foreign=proxy) as lab:
        server_class = servers.Tugboot if proxy else servers.Reference
        server = server_class(lab, "proxy" if proxy else "server",
                              {"menu": {"timeout": "5s", "default": servers.IMAGE}})
        server.add_image(servers.IMAGE, token)
        server.start()
        if proxy:
            screen.say(tail(server.events(), 30) + "\n")
        over = threading.Event()
        follower = threading.Thread(target=follow, args=(server, lab, screen, over), daemon=True)
        follower.start()
        places = threading.Semaphore(2)

        def one(row):
            with places:
                boot(vm.Machine(lab, row[0], row[0], row[1]), row[2], token, screen, results)

        threads = [threading.Thread(target=one, args=(row,), daemon=True) for row in rows]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
        over.set()
        follower.join()
        for kind, _, title in rows:
            show(kind, title, results[kind], screen)
    good = all(result[0] for result in results.values())
    if options.keep or not good:
        screen.say("\nlogs: " + top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    screen.say("\n%d of %d machines reached the installer." % (
        sum(result[0] for result in results.values()), len(rows)))
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit("demo: %s" % error)
    except KeyboardInterrupt:
        sys.exit(130)

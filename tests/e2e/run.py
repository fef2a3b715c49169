#!/usr/bin/env python3
"""Runs the end-to-end cases, two virtual machines at a time, one TAP line each.

  run.py [--keep] [--server reference] [--jobs N] [--list] [CASE...]

A case is a file case_*.py with TITLE, KINDS (the machines it starts) and run(trial). Its logs (console,
events, capture of the LAN) are kept when it fails, or with --keep.
"""
import argparse
import glob
import importlib
import os
import queue
import secrets
import shutil
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
import vm  # noqa: E402


class Skip(Exception):
    """This case cannot run here, for the reason given."""


class Trial:
    """What a case is given: makes labs, servers and machines that end with the case."""

    def __init__(self, name, folder, server_class):
        self.name, self.folder, self.server_class = name, folder, server_class
        self.labs, self.machines = [], 0

    def token(self):
        return secrets.token_hex(6)

    def lab(self, **options):
        self.labs.append(lab_module.Lab(os.path.join(self.folder, "lab%d" % len(self.labs)),
                                        **options))
        return self.labs[-1]

    def server(self, lab, mode, token, **settings):
        """A boot server with one image, debian-12, whose kernel arguments hold the token."""
        server = self.server_class(lab, mode, settings)
        server.add_image(servers.IMAGE, token)
        return server

    def machine(self, lab, kind, name=None, mac=None, **options):
        self.machines += 1
        mac = mac or "52:54:00:%02x:%02x:%02x" % (secrets.randbelow(256), secrets.randbelow(256),
                                                  self.machines)
        return vm.Machine(lab, name or "%s%d" % (kind, self.machines), kind, mac,
                          **options)

    def need_tugboot(self):
        if self.server_class is not servers.Tugboot:
            raise Skip("the reference server cannot do this")

    def skip(self, why):
        raise Skip(why)

    def close(self):
        for each in self.labs:
            each.close()


def cases(names):
    found = []
    for path in sorted(glob.glob(os.path.join(HERE, "case_*.py"))):
        stem = os.path.basename(path)[len("case_"):-len(".py")]
        if not names or any(stem.startswith(name) or name in stem for name in names):
            found.append((stem, importlib.import_module("case_" + stem)))
    return found


def run_case(stem, module, top, server_class, keep):
    """(verdict, seconds, what to say besides)"""
    folder = os.path.join(top, stem)
    os.makedirs(folder)
    for kind in module.KINDS:
        if vm.missing(kind):
            return "SKIP", 0, vm.missing(kind)
    trial = Trial(stem, folder, server_class)
    begin = time.monotonic()
    try:
        said = module.run(trial)
        verdict, words = "PASS", said or ""
    except Skip as skip:
        verdict, words = "SKIP", str(skip)
    except lab_module.LabError as error:
        verdict, words = "FAIL", str(error)
    except Exception:
        verdict, words = "FAIL", traceback.format_exc()
    finally:
        trial.close()
    if verdict == "FAIL":
        words += "\nlogs: " + folder
    elif not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict, time.monotonic() - begin, words


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--keep", action="store_true", help="keep all logs")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--server", choices=("tugboot", "reference"), default="tugboot")
    parser.add_argument("--jobs", type=int, default=2, help="machines side by side")
    options = parser.parse_args()
    wanted = cases(options.cases)
    if options.list:
        for stem, module in wanted:
            print("%-24s %s" % (stem, module.TITLE))
        return 0
    if not wanted:
        sys.exit("no such case; --list names them")
    lab_module.prepare()
    if not os.path.isdir(servers.INSTALLER):
        print("1..0 # SKIP no Debian installer here (package debian-installer-12-netboot-amd64)")
        return 77
    server_class = servers.Tugboot if options.server == "tugboot" else servers.Reference
    top = tempfile.mkdtemp(prefix="tugboot-e2e.")
    os.chmod(top, 0o755)
    work, failed, count, lock = queue.Queue(), [], [0], threading.Lock()
    for item in wanted:
        work.put(item)
    print("1..%d" % len(wanted), flush=True)

    def worker():
        while True:
            try:
                stem, module = work.get_nowait()
            except queue.Empty:
                return
            verdict, seconds, words = run_case(stem, module, top, server_class, options.keep)
            with lock:
                count[0] += 1
                lines = words.splitlines() or [""]
                print("%s %d - %s: %s (%.0f s)%s" % (
                    "not ok" if verdict == "FAIL" else "ok", count[0], stem, module.TITLE, seconds,
                    " # SKIP " + lines[0] if verdict == "SKIP" else ""))
                if verdict != "SKIP":
                    for line in lines:
                        if line:
                            print("# " + line)
                sys.stdout.flush()
                if verdict == "FAIL":
                    failed.append(stem)

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.5)
    if options.keep or failed:
        print("# logs: " + top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

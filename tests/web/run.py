#!/usr/bin/env python3
"""The dashboard in a real browser against the real daemon, in a private network: Chromium by
Playwright, axe-core for what a screen reader and weak eyes need, machines that boot what was chosen
on the page. TAP lines on standard output.

    run.py [--pictures FOLDER] [--only WORD] [--program TUGBOOT] [--cases FILE.mjs]
"""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
import browser  # noqa: E402

MACHINES = {"alpha": "52:54:00:77:00:01", "bravo": "52:54:00:77:00:02", "charlie": "52:54:00:77:00:03",
            "delta": "52:54:00:77:00:04"}



def run(lab, options):
    server = servers.Tugboot(lab, "server", {"menu": {"default": "local"}}, options.program)
    server.give("tugboot.yaml") # settings are changed on the page
    server.start()
    spaces = {}
    for name, mac in MACHINES.items():
        spaces[name] = {"space": lab.namespace(name), "mac": mac}
        lab.cable(spaces[name]["space"], "eth0", "br0", None, mac)
    words, environment = browser.words_for(lab, server, options.cases, machines=spaces,
                                           pictures=options.pictures, only=options.only)
    status = subprocess.run(words, stdin=subprocess.DEVNULL, timeout=480, check=False,
                            env=environment).returncode
    if not server.alive():
        print("# the daemon has ended:\n# " + server.events()[-2000:].replace("\n", "\n# "))
        return 1
    server.stop()
    return status


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures")
    parser.add_argument("--only")
    parser.add_argument("--program")
    parser.add_argument("--cases", default="dashboard.mjs")
    options = parser.parse_args()
    lab_module.prepare()
    if browser.missing():
        sys.exit("missing here: %s; ./dev deps web installs it" % ", ".join(browser.missing()))
    if options.pictures:
        options.pictures = os.path.abspath(options.pictures)
        os.makedirs(options.pictures, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tugboot-web-") as folder:
        os.chmod(folder, 0o755)  # the daemon's user reads below it
        with lab_module.Lab(folder) as lab:
            return run(lab, options)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The dashboard in a real browser against the real daemon, in a private network: Chromium by
Playwright, axe-core for what a screen reader and weak eyes need, machines that boot what was chosen
on the page. TAP lines on standard output.

    run.py [--pictures FOLDER] [--only WORD] [--program TUGBOOT] [--cases more.mjs]

The browser is Debian's; what npm brings (package.json beside this) goes to a folder outside of the
tree, TUGBOOT_WEB_MODULES or one in the user's cache.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "e2e"))

import lab as lab_module  # noqa: E402
import servers  # noqa: E402

PACKAGE_FILES = ("package.json", "package-lock.json")
MACHINES = {"alpha": "52:54:00:77:00:01", "bravo": "52:54:00:77:00:02", "charlie": "52:54:00:77:00:03",
            "delta": "52:54:00:77:00:04"}


def modules_folder():
    """Where node_modules is: installed when the lock file is another one than last time."""
    given = os.environ.get("TUGBOOT_WEB_MODULES")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = given or os.path.join(cache, "tugboot-web-tests")
    digest = hashlib.sha256()
    for name in PACKAGE_FILES:
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    mark = os.path.join(folder, "installed")
    if os.path.exists(mark) and open(mark, encoding="ascii").read() == digest.hexdigest():
        return folder
    os.makedirs(folder, exist_ok=True)
    for name in PACKAGE_FILES:
        shutil.copy(os.path.join(HERE, name), folder)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        sys.exit("npm could not install %s:\n%s" % (folder, done.stderr[-2000:]))
    with open(mark, "w", encoding="ascii") as out:
        out.write(digest.hexdigest())
    return folder


def run(lab, options):
    server = servers.Tugboot(lab, "server", {"menu": {"default": "local"}}, options.program)
    server.give("tugboot.yaml") # settings are changed on the page
    server.start()
    spaces = {}
    for name, mac in MACHINES.items():
        spaces[name] = {"space": lab.namespace(name), "mac": mac}
        lab.cable(spaces[name]["space"], "eth0", "br0", None, mac)
    setting = {
        "origin": "http://%s:8067" % lab_module.SERVER, "program": server.program,
        "config": server.config, "images": lab.path("images"), "machines": spaces,
        "python": sys.executable, "machine": os.path.join(HERE, "machine.py"),
        "modules": modules_folder(), "installer": servers.INSTALLER, "pictures": options.pictures,
        "only": options.only, "folder": lab.folder,
    }
    words = ["ip", "netns", "exec", lab.server, "node", os.path.join(HERE, options.cases)]
    status = subprocess.run(words, stdin=subprocess.DEVNULL, timeout=480, check=False, env={
        **os.environ, "TUGBOOT_WEB": json.dumps(setting), "HOME": lab.folder}).returncode
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
    for name in ("node", "npm", "chromium"):
        if not shutil.which(name):
            sys.exit("there is no %s here: ./dev deps test installs it" % name)
    if options.pictures:
        options.pictures = os.path.abspath(options.pictures)
        os.makedirs(options.pictures, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tugboot-web-") as folder, lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755) # the daemon may be a user of its own
        return run(lab, options)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The program of `./dev build-static` in a folder that holds nothing but it, the shared libraries it says
it needs, and /proc.

    static_peers.py

Prints TAP.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap, check

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
PROGRAM = os.path.join(ROOT, "build-static/tugboot")
# Debian has no archive of these three.
SHARED = {"libc.so.6", "libm.so.6", "libmnl.so.0", "libqrencode.so.4", "libudfread.so.0"}


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def build():
    done = run("./dev", "build-static", cwd=ROOT, env=dict(os.environ, DEV_SKIP_DEPS="1"))
    check(done.returncode == 0, "./dev build-static: %s" % (done.stdout + done.stderr)[-2000:])
    said = set(re.findall(r"^    (\S+)$", done.stdout, re.M))
    check(said, "no library is named: %s" % done.stdout)
    check(said <= SHARED, "it needs %s" % sorted(said - SHARED))


def bare_root(folder):
    """Only what the loader itself finds for this program."""
    for line in run("ldd", PROGRAM).stdout.splitlines():
        path = re.search(r"(/\S+)", line)
        if path:
            place = folder + path.group(1)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(path.group(1), place)
    shutil.copy(PROGRAM, folder + "/tugboot")
    os.mkdir(folder + "/proc")


def in_root(folder, *words):
    return run("unshare", "--fork", "--pid", "--mount-proc", "--root", folder, "/tugboot", *words)


def runs_alone(folder):
    done = in_root(folder, "--version")
    check(done.returncode == 0 and done.stdout.startswith("tugboot "), done.stdout + done.stderr)


def reads_a_configuration(folder):
    with open(folder + "/good.yaml", "w") as out:
        out.write("dhcp: {mode: proxy}\n")
    with open(folder + "/bad.yaml", "w") as out:
        out.write("dhcp: {mood: proxy}\n")
    done = in_root(folder, "check", "/good.yaml")
    check(done.returncode == 0, done.stdout + done.stderr)
    done = in_root(folder, "check", "/bad.yaml")
    check(done.returncode != 0 and "mode" in done.stdout + done.stderr, done.stdout + done.stderr)


def knows_its_recipes(folder):
    done = in_root(folder, "recipe", "list", "--json")
    check(done.returncode == 0, done.stdout + done.stderr)
    check(len(json.loads(done.stdout)["recipes"]) > 20, done.stdout[:500])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        tap.case("the program is built, and needs no more than is told", build)
        bare_root(folder)
        for name, case in (("it runs where nothing else is", runs_alone),
                           ("it reads a configuration there", reads_a_configuration),
                           ("its recipes are in it", knows_its_recipes)):
            tap.case(name, case, folder)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

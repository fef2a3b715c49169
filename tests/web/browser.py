"""The browser of the tests: Debian's Chromium, led by a script of Node beside this file, in the
namespace of a lab's server. What npm brings (package.json) goes to a folder outside of the tree,
TUGBOOT_WEB_MODULES or one in the user's cache.
"""
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys

import lab as lab_module
import servers

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE_FILES = ("package.json", "package-lock.json")


def is_installed(mark, digest):
    if not os.path.exists(mark):
        return False
    with open(mark, encoding="ascii") as file:
        return file.read() == digest


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
    if is_installed(mark, digest.hexdigest()):
        return folder
    os.makedirs(folder, exist_ok=True)
    lock = os.open(os.path.join(folder, "lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # two tests at once install once
    for name in PACKAGE_FILES:
        shutil.copy(os.path.join(HERE, name), folder)
    if is_installed(mark, digest.hexdigest()):
        os.close(lock)
        return folder
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise lab_module.LabError("npm could not install %s:\n%s" % (folder, done.stderr[-2000:]))
    with open(mark, "w", encoding="ascii") as out:
        out.write(digest.hexdigest())
    os.close(lock)
    return folder


def missing():
    """Names of programs that are needed and not here."""
    return [name for name in ("node", "npm", "chromium") if not shutil.which(name)]


def words_for(lab, server, script, **more):
    """The command that runs a script of this folder for this server, and its environment."""
    setting = {
        "origin": "http://%s:8067" % lab_module.SERVER, "program": server.program,
        "config": server.config, "images": lab.path("images"), "python": sys.executable,
        "machine": os.path.join(HERE, "machine.py"), "modules": modules_folder(),
        "installer": servers.INSTALLER, "folder": lab.folder, **more,
    }
    words = ["ip", "netns", "exec", lab.server, "node", os.path.join(HERE, script)]
    return words, {**os.environ, "TUGBOOT_WEB": json.dumps(setting), "HOME": lab.folder}

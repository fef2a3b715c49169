#!/usr/bin/env python3
"""README says what is true: each command of its code blocks is run as it stands there, in order, in
a private network and with a state of its own (by --config); each YAML block is read by tugboot.

./dev run is run; ./dev demo and ./dev test, which take minutes and would run this, are only looked
up among dev's commands. TAP lines on standard output.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Skip, Tap, check  # noqa: E402

MAC = "52:54:00:12:34:56"  # the machine README speaks of


def code_blocks(path):
    """(language, text) of each, those within lists too."""
    with open(path, encoding="utf-8") as readme:
        text = readme.read()
    return [(language, re.sub(r"(?m)^%s" % indent, "", body)) for indent, language, body in
            re.findall(r"(?ms)^( *)```(\w+)\n(.*?)^ *```", text)]


class Readme:
    def __init__(self, lab):
        self.lab = lab
        self.daemon = servers.Tugboot(lab, "server")
        self.machine = lab.namespace("node1")
        lab.cable(self.machine, "eth0", "br0", None, MAC)

    def switch_on(self):
        self.lab.run(self.machine, sys.executable, os.path.join(HERE, "pxe_client.py"), "eth0", MAC)

    def dev(self, words):
        if words[1] == "run":
            self.daemon.process = self.lab.start(
                self.lab.server, "run", os.path.join(ROOT, "dev"), "run", "--config",
                self.daemon.config, environment=dict(os.environ, DEV_SKIP_DEPS="1"))
            until = time.monotonic() + 400
            while not os.path.exists(self.daemon.control):
                check(self.daemon.alive() and time.monotonic() < until,
                      "./dev run did not serve:\n" + self.daemon.events())
                time.sleep(0.1)
            return
        listed = subprocess.run([os.path.join(ROOT, "dev"), "help"], capture_output=True,
                                text=True, check=True).stdout
        check(re.search(r"(?m)^\./dev %s\b" % words[1], listed), "dev has no command " + words[1])

    def install(self, words):
        if subprocess.run(["apt-cache", "show", words[2]], capture_output=True,
                          check=False).returncode:
            raise Skip("apt knows no packages here")

    def follow(self, words):
        """What goes on until it is interrupted: a machine is switched on meanwhile."""
        follower = self.lab.start(self.lab.server, "follow", self.daemon.program, *words[1:],
                                  "--config", self.daemon.config)
        def heard():
            self.switch_on()  # again, until the follower is there to hear of it
            return re.search("(?i)" + MAC, follower.text())
        lab_module.wait_until(30, "it tells of the machine", heard, 0.5)
        follower.stop()

    def tugboot(self, words):
        if "--follow" in words:
            self.follow(words)
            return
        if words[1] == "pcap":
            self.switch_on()
        if "--output" in words:
            at = words.index("--output") + 1
            words = words[:at] + [self.lab.path(words[at])] + words[at + 1:]
        if words[1] == "image" and not os.path.exists(words[-1]):
            raise Skip("no %s here" % words[-1])
        text = self.daemon.tool(*words[1:])
        check(text.strip() or "--output" in words, "it says nothing")

    def command(self, line):
        words = shlex.split(line, comments=True)
        if words[0] == "./dev":
            self.dev(words)
        elif words[:2] == ["apt-get", "install"]:
            self.install(words)
        elif words[0] in ("tugboot", "build/tugboot"):
            self.tugboot(words)
        else:
            check(False, "this test does not know how to run it")

    def configuration(self, text):
        path = self.lab.path("readme.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        status, said = self.lab.run(self.lab.server, self.daemon.program, "check", path)
        check(status == 0, said)

    def image(self, text):
        kernel = servers.INSTALLER_FILES + "/linux"
        if not os.path.exists(kernel):
            raise Skip("no %s here" % kernel)
        folder = self.lab.path("images/readme")
        os.makedirs(folder, exist_ok=True)
        shutil.copy(kernel, os.path.join(folder, "vmlinuz"))
        for name, content in (("image.yaml", text), ("initrd.img", "x")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(content)
        said = self.daemon.tool("image", "show", "readme")
        check("Rescue system" in said and "console=ttyS0 root=/dev/ram0" in said, said)


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-readme-") as folder, \
            lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755)
        readme = Readme(lab)
        for language, text in code_blocks(os.path.join(ROOT, "README.md")):
            if language == "sh":
                for line in filter(str.strip, text.splitlines()):
                    tap.case(re.sub(r"\s+#.*", "", line.strip()), readme.command, line)
            elif language == "text":
                continue  # changes the machine
            elif "kernel:" in text:
                tap.case("image.yaml", readme.image, text)
            else:
                tap.case("tugboot.yaml", readme.configuration, text)
    return tap.end()


sys.exit(main())

"""The boot server of a lab: tugboot, or the reference (dnsmasq and Python's web server).

The reference exists to tell a broken lab from a broken tugboot: run.py --server reference runs the
cases that need no more than it can do.
"""
import json
import os
import shutil
import signal
import time

import lab as lab_module
from lab import LabError, tail

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INSTALLER = "/usr/lib/debian-installer/images/12/amd64/text"
INSTALLER_FILES = INSTALLER + "/debian-installer/amd64"
INSTALLER_ARM64 = "/usr/lib/debian-installer/images/12/arm64/text"
IMAGE = "debian-12"


def kernel_arguments(token, console="ttyS0,115200"):
    return "console=%s tugboot.token=%s" % (console, token)


class Tugboot:
    """mode: server or proxy. settings: further top-level keys of the configuration (a mapping)."""
    name = "tugboot"

    def __init__(self, lab, mode, settings=None, program=None):
        self.lab, self.mode, self.process = lab, mode, None
        self.program = program or os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")
        if not os.access(self.program, os.X_OK):
            raise LabError("no program at %s: ./dev build makes it" % self.program)
        self.control = lab.path("control")
        self.config = lab.path("tugboot.yaml")
        for name in ("state", "images"):
            os.makedirs(lab.path(name), exist_ok=True)
        self.give("images")
        self.write_config(settings or {})

    def give(self, name):
        """A file or folder of the lab to the user the daemon becomes, where there is one."""
        try:
            shutil.chown(self.lab.path(name), "tugboot")
        except LookupError:
            pass # it stays root

    def write_config(self, settings):
        """JSON is YAML: nothing here needs a YAML writer."""
        near = {"network": lab_module.NETWORK + ".0/24",
                "pool": ["%s.100-%s.199" % (lab_module.NETWORK, lab_module.NETWORK)],
                "router": lab_module.FOREIGN, "dns": [lab_module.FOREIGN], "lease": "1h"}
        far = {"network": lab_module.FAR_NETWORK + ".0/24",
               "pool": ["%s.100-%s.199" % (lab_module.FAR_NETWORK, lab_module.FAR_NETWORK)],
               "router": lab_module.FAR_NETWORK + ".1", "lease": "1h"}
        values = {"state": self.lab.path("state"), "images": self.lab.path("images"),
                  "control": self.control, "dhcp": {"mode": self.mode}}
        if self.mode == "server":
            values["dhcp"]["subnets"] = [near, far] if self.lab.relayed else [near]
        for key, value in settings.items():
            if isinstance(value, dict) and isinstance(values.get(key), dict):
                values[key].update(value)
            else:
                values[key] = value
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump(values, out, indent=2)
            out.write("\n")

    def tool(self, *words, check=True, seconds=60):
        """Run a command of tugboot's; its output."""
        status, output = self.lab.run(self.lab.server, self.program, *words, "--config",
                                      self.config, seconds=seconds)
        if check and status:
            raise LabError("tugboot %s: exit %d: %s" % (" ".join(words), status, output.strip()))
        return output

    def add_image(self, name, token):
        self.tool("image", "add", INSTALLER, "--name", name, "--args", kernel_arguments(token))

    def add_arm64_image(self, name, token):
        self.tool("image", "add", INSTALLER_ARM64, "--name", name, "--args",
                  kernel_arguments(token, "ttyAMA0"))

    def start(self):
        self.process = self.lab.start(self.lab.server, "tugboot", self.program, "serve",
                                      "--config", self.config)
        until = time.monotonic() + 20
        while not os.path.exists(self.control):
            if not self.process.running() or time.monotonic() > until:
                raise LabError("tugboot did not start:\n" + tail(self.process.text(), 30))
            time.sleep(0.05)
        return self

    def stop(self, how=signal.SIGTERM):
        status = self.process.stop(how)
        self.process = None
        if os.path.exists(self.control):
            os.unlink(self.control)
        return status

    def events(self):
        """All events so far, as text lines."""
        return self.process.text()

    def expect_event(self, pattern, seconds=20):
        return self.process.wait_for(pattern, seconds)

    def alive(self):
        return self.process is not None and self.process.running()


class Reference:
    """dnsmasq for DHCP and TFTP, Python's web server: one image for every machine."""
    name = "reference"

    def __init__(self, lab, mode, settings=None):
        self.lab, self.mode, self.tree = lab, mode, lab.path("tree")
        if settings and set(settings) - {"menu", "chains"}:
            raise LabError("the reference server cannot do this")
        os.makedirs(self.tree, exist_ok=True)
        for source in ("/usr/lib/ipxe/undionly.kpxe", "/usr/lib/ipxe/ipxe.efi",
                       INSTALLER_FILES + "/linux", INSTALLER_FILES + "/initrd.gz"):
            shutil.copy(source, self.tree)

    def add_image(self, name, token):
        url = "http://%s/" % lab_module.SERVER
        with open(os.path.join(self.tree, "boot.ipxe"), "w", encoding="ascii") as out:
            out.write("#!ipxe\nkernel %slinux %s initrd=initrd.gz\ninitrd %sinitrd.gz\nboot\n"
                      % (url, kernel_arguments(token), url))

    def start(self):
        net, far, url = lab_module.NETWORK, lab_module.FAR_NETWORK, "http://" + lab_module.SERVER
        words = ["--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
                 "--log-facility=-", "--log-dhcp", "--port=0", "--pid-file",
                 "--dhcp-leasefile=" + self.lab.path("leases"), "--interface=eth0",
                 "--enable-tftp", "--tftp-root=" + self.tree,
                 "--dhcp-userclass=set:ipxe,iPXE",
                 "--dhcp-match=set:efi,option:client-arch,7",
                 "--dhcp-match=set:http,option:client-arch,16",
                 "--dhcp-boot=tag:ipxe," + url + "/boot.ipxe",
                 "--dhcp-option-force=tag:http,60,HTTPClient",
                 "--dhcp-boot=tag:http,tag:!ipxe," + url + "/ipxe.efi",
                 "--dhcp-boot=tag:efi,tag:!ipxe,ipxe.efi",
                 "--dhcp-boot=tag:!efi,tag:!http,tag:!ipxe,undionly.kpxe"]
        if self.mode == "proxy":
            words += ["--dhcp-range=%s.0,proxy" % net,
                      "--pxe-service=tag:!ipxe,x86PC,tugboot lab,undionly.kpxe",
                      "--pxe-service=tag:ipxe,x86PC,tugboot lab,%s/boot.ipxe" % url,
                      "--pxe-service=tag:!ipxe,X86-64_EFI,tugboot lab,ipxe.efi",
                      "--pxe-service=tag:!ipxe,BC_EFI,tugboot lab,ipxe.efi"]
        else:
            words += ["--no-ping", "--dhcp-range=%s.100,%s.199,255.255.255.0,1h" % (net, net),
                      "--dhcp-option=tag:!far,option:router," + lab_module.FOREIGN,
                      "--dhcp-option=option:dns-server," + lab_module.FOREIGN]
            if self.lab.relayed:
                words += ["--dhcp-range=set:far,%s.100,%s.199,255.255.255.0,1h" % (far, far),
                          "--dhcp-option=tag:far,option:router,%s.1" % far]
        self.process = self.lab.start(self.lab.server, "dnsmasq", "dnsmasq", *words)
        self.process.wait_for(r"DHCP.*(?:IP range|proxy)", 10)
        self.web = self.lab.start(self.lab.server, "web", "python3", "-u", "-m", "http.server",
                                  "--protocol", "HTTP/1.1", "--directory", self.tree, "80")
        self.web.wait_for("Serving HTTP", 10)
        return self

    def events(self):
        return self.process.text() + self.web.text()

    def alive(self):
        return self.process.running()

"""Virtual machines with real firmware, driven by what they print on their serial console.

Kinds: bios (SeaBIOS, the iPXE ROM of its network card), bios-plain (the same seen on the wire as a
PXE ROM that is not iPXE, see plain_rom.py), uefi-pxe and uefi-http (OVMF, its own network stack),
secure-pxe and secure-http (the same with Secure Boot on and Microsoft's keys, or with the variables
given), arm64-pxe and arm64-http (AAVMF). Software emulation only: under KVM a BIOS guest was seen to
hang before its first packet. Times that were seen are in docs of the lab; time-outs here are several times those.
"""
import os
import re
import shutil
import socket
import sys
import time

import terminal
from lab import LabError, tail

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>78])")
INSTALLER_SCREEN = r"(Select a language|Choose the language|Choose language)"
KINDS = ("bios", "bios-plain", "uefi-pxe", "uefi-http", "secure-pxe", "secure-http", "arm64-pxe",
         "arm64-http")
OVMF = (("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"))
# The build that keeps its variables from the system's hands, with Microsoft's keys enrolled.
OVMF_SECURE = (("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
               ("/usr/share/OVMF/OVMF_CODE.secboot.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"))
AAVMF = (("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"),)


def missing(kind):
    """What keeps this kind of machine from being started here: a sentence, or None."""
    program = "qemu-system-aarch64" if kind.startswith("arm64") else "qemu-system-x86_64"
    if not shutil.which(program):
        return "no %s here (./dev deps demo installs it)" % program
    if kind.startswith("uefi") and not _pair(OVMF):
        return "no OVMF firmware here (package ovmf)"
    if kind.startswith("secure") and not _pair(OVMF_SECURE):
        return "no OVMF firmware with Secure Boot here (package ovmf)"
    if kind.startswith("arm64") and not _pair(AAVMF):
        return "no AAVMF firmware here (package qemu-efi-aarch64)"
    return None


def _pair(pairs):
    return next((pair for pair in pairs if all(map(os.path.exists, pair))), None)


class Machine:
    def __init__(self, lab, name, kind, mac, memory=1024, variables=None, keep_variables=False,
                 firmware=(), disks=(), disk=None, words=()):
        """variables: a file of UEFI variables to begin with, instead of the firmware package's own;
        with keep_variables a second start finds what the first one left. firmware: (name, file or
        text) pairs handed to the firmware by fw_cfg. disks: images it tries to boot from, in this
        order and before the network; number i is PCI device 0x10 + i. disk: one that is tried after
        the network. words: further ones for QEMU."""
        self.lab, self.name, self.kind, self.mac, self.memory = lab, name, kind, mac, memory
        self.variables, self.keep_variables, self.firmware = variables, keep_variables, firmware
        self.disks, self.disk, self.words = disks, disk, list(words)
        self.uuid = "7b0d5c1e-0000-4000-8000-" + mac.replace(":", "")
        self.boots, self.qemu, self.shim = 0, None, None
        self.started = 0.0
        self.tap = lab.tap()

    # --- power

    def start(self):
        """Power on. A second start is a second boot of the same machine, with a fresh console."""
        self.stop()
        self.boots += 1
        stem = "%s-%d" % (self.name, self.boots)
        self.console = self.lab.path(stem + ".console")
        self.mark = 0
        words = self._words(stem)
        self.started = time.monotonic()
        self.qemu = self.lab.start(self.lab.lan, stem + ".qemu", *words)
        return self

    def stop(self):
        for process in (self.qemu, self.shim):
            if process:
                process.stop()
                if process in self.lab.processes:
                    self.lab.processes.remove(process)
        self.qemu = self.shim = None

    def seconds(self):
        return time.monotonic() - self.started

    def _words(self, stem):
        words = ["-accel", "tcg", "-m", str(self.memory), "-nographic", "-nodefaults",
                 "-no-reboot", "-monitor", "none", "-uuid", self.uuid,
                 "-chardev", "socket,id=serial,path=%s,server=on,wait=off,logfile=%s" % (
                     self.lab.path(stem + ".serial"), self.console),
                 "-serial", "chardev:serial"]
        network = "tap,id=net,ifname=%s,script=no,downscript=no" % self.tap
        card = "virtio-net-pci,netdev=net,bootindex=%d,mac=%s" % (1 + len(self.disks), self.mac)
        if self.kind.startswith("arm64"):
            words = ["qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a57"] + words
            words += self._flash(AAVMF, stem) + ["-device", "virtio-rng-pci"]
            card += ",romfile="
        else:
            secure = self.kind.startswith("secure")
            words = ["qemu-system-x86_64", "-machine",
                     "q35,graphics=off" + (",smm=on" if secure else "")] + words
            words += ["-device", "virtio-rng-pci"]
            if not self.kind.startswith("bios"):
                words += self._flash(OVMF_SECURE if secure else OVMF, stem)
                if secure:
                    words += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
                words += ["-debugcon", "file:" + self.lab.path(stem + ".firmware"),
                          "-global", "isa-debugcon.iobase=0x402"]
                card += ",romfile="
            if self.kind == "bios-plain":
                network = self._plain_rom(stem)
        if self.kind.endswith("-http"):
            # Without these, PXE is tried first and times out for two minutes.
            words += ["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n",
                      "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"]
        for name, value in self.firmware:
            words += ["-fw_cfg", "name=%s,%s=%s" % (
                name, "file" if os.path.exists(value) else "string", value)]
        for i, disk in enumerate(self.disks):
            words += ["-drive", "if=none,id=disk%d,format=raw,readonly=on,file=%s" % (i, disk),
                      "-device", "virtio-blk-pci,drive=disk%d,addr=0x%x,bootindex=%d" % (
                          i, 0x10 + i, 1 + i)]
        if self.disk:
            words += ["-drive", "if=none,id=disk,format=raw,file=" + self.disk,
                      "-device", "virtio-blk-pci,drive=disk,bootindex=%d" % (2 + len(self.disks))]
        return words + ["-netdev", network, "-device", card] + self.words

    def _flash(self, pairs, stem):
        code, variables = _pair(pairs)
        own = self.lab.path((self.name if self.keep_variables else stem) + ".vars")
        if not (self.keep_variables and os.path.exists(own)):
            shutil.copyfile(self.variables or variables, own)
        flash = ["-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + code,
                 "-drive", "if=pflash,unit=1,format=raw,file=" + own]
        return flash

    def _plain_rom(self, stem):
        ports = []
        for _ in range(2):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind(("127.0.0.1", 0))
                ports.append(probe.getsockname()[1])
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain_rom.py")
        self.shim = self.lab.start(self.lab.lan, stem + ".shim", sys.executable, script, self.tap,
                                   str(ports[0]), str(ports[1]))
        self.shim.wait_for("ready", 10)
        return "socket,id=net,udp=127.0.0.1:%d,localaddr=127.0.0.1:%d" % tuple(ports)

    # --- console

    def text(self):
        """All that was printed since power-on, without cursor movements."""
        try:
            with open(self.console, "rb") as console:
                raw = console.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        return ESCAPES.sub("", raw).replace("\r", "")

    def screen(self):
        """What a person would see on the terminal now."""
        with open(self.console, "rb") as console:
            return terminal.Terminal().feed(console.read().decode("utf-8", "replace")).shown()

    def expect(self, pattern, seconds):
        """Wait until the console shows the pattern after what earlier calls waited for."""
        until = time.monotonic() + seconds
        while True:
            running = self.qemu.running()
            text = self.text()
            found = re.compile(pattern).search(text, self.mark)
            if found:
                self.mark = found.end()
                return found
            if not running:
                raise LabError("%s: the machine ended before %r:\n%s" % (
                    self.name, pattern, tail(self.qemu.text() + text, 20)))
            if time.monotonic() > until:
                raise LabError("%s: no %r on the console in %d s; its end:\n%s" % (
                    self.name, pattern, seconds, tail(text, 20)))
            time.sleep(0.2)

    def expect_kernel(self, token, seconds=None):
        """The kernel's own words with the random token of this run's image arguments."""
        return self.expect(r"[Cc]ommand line:.*\btugboot\.token=%s\b[^\n]*" % re.escape(token),
                           seconds or KERNEL_SECONDS[self.kind])

    def expect_installer(self, seconds=600):
        """The installer's first words to a person, after the kernel's."""
        return self.expect(INSTALLER_SCREEN, seconds)

    def type(self, keys):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.lab.path("%s-%d.serial" % (self.name, self.boots)))
            line.sendall(keys.encode())


# From power-on to the kernel's words, with other work on the same cores.
KERNEL_SECONDS = {"bios": 180, "bios-plain": 240, "uefi-pxe": 300, "uefi-http": 300,
                  "secure-pxe": 300, "secure-http": 420, "arm64-pxe": 300, "arm64-http": 420}

__all__ = ["Machine", "KINDS", "missing"]

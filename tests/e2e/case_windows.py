"""iPXE starts a WIM as Windows' media have it, with a stand-in for wimboot that tells what it was
handed: every file is there under its name and is whole, for this machine and its devices."""
import os
import re
import shutil
import subprocess

import servers
from lab import LabError

TITLE = "Windows PE by wimboot under UEFI: all is handed over, drivers by the machine's devices"
KINDS = ("uefi-pxe",)
HERE = os.path.dirname(os.path.abspath(__file__))
NET_INF = """[Version]
Signature="$Windows NT$"
Class=Net
Provider=%%M%%
DriverVer=%s
CatalogFile=net.cat
[Manufacturer]
%%M%%=Maker,NTamd64.10.0
[Maker.NTamd64.10.0]
%%M%%=Install,PCI\\VEN_1AF4&DEV_1000
[Install.NTamd64]
CopyFiles=Copy
[Copy]
net.sys
[SourceDisksFiles]
net.sys=1,x64
[SourceDisksNames]
1=%%M%%
[Strings]
M="Maker"
"""


def make(lab, *words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError("%s: %s" % (" ".join(words), done.stderr))


def make_efi_stand_in(lab, out):
    """An EFI program under wimboot's name."""
    built = lab.path("stand-in.obj")
    make(lab, "clang", "-target", "x86_64-unknown-windows", "-std=gnu17", "-Os", "-ffreestanding",
         "-nostdlibinc", "-fno-stack-protector", "-mno-stack-arg-probe", "-mno-red-zone",
         "-fshort-wchar", "-I" + os.path.join(servers.ROOT, "src"), "-c",
         os.path.join(HERE, "wimboot_stand_in.c"), "-o", built)
    make(lab, "lld-link", "/subsystem:efi_application", "/entry:efi_main", "/nodefaultlib",
         "/machine:x64", "/out:" + out, built)


def make_bios_stand_in(lab, out):
    """A kernel image under wimboot's name: the part in real mode, and the program."""
    parts = []
    for name, base, words in (
            ("wimboot_stand_in_setup.S", "0", []),
            ("wimboot_stand_in_bios.c", "0x100000",
             ["-std=gnu17", "-Os", "-ffreestanding", "-fno-pic", "-fno-stack-protector",
              "-mno-sse", "-mno-mmx", "-fno-jump-tables"])):
        built = lab.path(name + ".o")
        make(lab, "clang", "-target", "i386-unknown-none-elf", *words, "-c",
             os.path.join(HERE, name), "-o", built)
        make(lab, "ld.lld", "-m", "elf_i386", "--oformat", "binary", "-Ttext=" + base, "-e", base,
             built, "-o", built + ".bin")
        parts.append(read(built + ".bin"))
    # As long as its header says.
    write(out, parts[0] + parts[1].ljust(16384, b"\0"))


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def make_wim(lab, path):
    """Two images, as boot.wim has them; the second is to be booted."""
    tree = lab.path("tree")
    write(os.path.join(tree, "Windows/System32/ntoskrnl.exe"), os.urandom(700000))
    for i, name in enumerate(("Microsoft Windows PE (x64)", "Microsoft Windows Setup (x64)")):
        make(lab, "wimlib-imagex", "append" if i else "capture", tree, path, name, "--no-acls",
             "--image-property", "WINDOWS/ARCH=9", "--image-property",
             "WINDOWS/VERSION/MAJOR=10", "--image-property", "WINDOWS/VERSION/BUILD=26100",
             *(["--boot"] if i else ["--compress=LZX"]))


def digest(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return "%d %016x" % (len(data), value)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_image(lab, folder):
    write(os.path.join(folder, "setup.exe"), "MZ")
    make_wim(lab, lab.path("boot.wim"))
    os.makedirs(os.path.join(folder, "sources"))
    shutil.move(lab.path("boot.wim"), os.path.join(folder, "sources/boot.wim"))
    shutil.copy(os.path.join(folder, "sources/boot.wim"),
                os.path.join(folder, "sources/install.wim"))
    for name, date in (("old", "01/01/2019,1.0"), ("new", "01/01/2024,2.0")):
        write(os.path.join(folder, "drivers", name, "net.inf"), NET_INF % date)
        write(os.path.join(folder, "drivers", name, "net.cat"), name + " catalog")
        write(os.path.join(folder, "drivers", name, "x64/NET.SYS"), os.urandom(30000))
    write(os.path.join(folder, "drivers/other/disk.inf"),
          (NET_INF % "01/01/2024,2.0").replace("1AF4", "8086"))
    write(os.path.join(folder, "drivers/other/net.cat"), "x")
    write(os.path.join(folder, "drivers/other/x64/net.sys"), "x")
    write(os.path.join(folder, "autounattend.xml"), "<unattend>${name} ${mac}</unattend>\n")
    write(os.path.join(folder, "image.yaml"), """windows:
  share: '\\\\192.168.77.9\\win11'
  user: reader
  password: 'a 50% secret'
  answers: autounattend.xml
  drivers: drivers
arguments: quiet
""")


def handed(machine):
    """Name and digest of all files the stand-in tells of."""
    machine.expect(r"ALL TOLD\.", 240)
    return dict(re.findall(r"HANDED (\S+) (\d+ [0-9a-f]{16})\.", machine.text()))


def boot(trial, kind, make_stand_in):
    trial.need_tugboot()
    for tool in ("wimlib-imagex", "clang", "lld-link", "ld.lld"):
        if not shutil.which(tool):
            trial.skip("no %s here" % tool)
    lab = trial.lab()
    os.makedirs(lab.path("loaders"))
    make_stand_in(lab, lab.path("loaders/wimboot"))
    mac = "52:54:00:12:34:%02x" % (os.getpid() % 256)
    server = trial.server(lab, "server", trial.token(), chains=["ipxe"],
                          loaders=[lab.path("loaders")],
                          hosts=[{"name": "pc1", "mac": mac, "boot": "win11"}])
    folder = lab.path("images/win11")
    make_image(lab, folder)
    server.start()
    listed = server.tool("image", "list")
    if "Microsoft Windows 24H2 (x64), 2 editions" not in listed:
        raise LabError("the medium was not recognised:\n" + listed)
    machine = trial.machine(lab, kind, mac=mac).start()
    machine.expect(r"tugboot: looking at this machine's devices", 300)
    started = machine.expect(r"STARTED ([^\n]*)\.", 240)[1]
    if "quiet" not in started:
        raise AssertionError("wimboot was started by %r" % started)
    got = handed(machine)
    new = os.path.join(folder, "drivers/new")
    wanted = {
        "boot.wim": read(os.path.join(folder, "sources/boot.wim")),
        "winpeshl.ini": b"[LaunchApps]\r\n\"startnet.cmd\"\r\n",
        "autounattend.xml": b"<unattend>pc1 %s</unattend>\n" % mac.encode(),
        "tb0100.bin": read(os.path.join(new, "net.inf")),
        "tb0101.bin": read(os.path.join(new, "net.cat")),
        "tb0102.bin": read(os.path.join(new, "x64/NET.SYS")),
    }
    for name, data in wanted.items():
        if got.get(name) != digest(data):
            raise AssertionError("%s: %s was handed over, not %s\n%s" % (
                name, got.get(name), digest(data), got))
    # iPXE under UEFI shows wimboot itself, too.
    if set(got) - {"wimboot"} != set(wanted) | {"startnet.cmd"}:
        raise AssertionError("these files were handed over: %s" % sorted(got))
    return "handed over: %s" % ", ".join(sorted(got))


def run(trial):
    return boot(trial, "uefi-pxe", make_efi_stand_in)

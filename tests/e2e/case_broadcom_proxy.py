"""An iPXE that asks as Broadcom's signed build does boots through port 4433, beside a plain foreign
DHCP server. The stand-in is Debian's iPXE with a script of its own that it runs in place of what it
would do by itself, as an embedded one is: an address, the boot server's address out of the proxy's
answer, the page by plain HTTP with parameters named otherwise than tugboot's."""
import servers
from lab import LabError

TITLE = "Broadcom's iPXE (a stand-in): script from port 4433, kernel"
KINDS = ("bios",)
IPXE = "/boot/ipxe.lkrn"

# rhboot/shim-review#319 tells what the embedded script does.
SCRIPT = """#!ipxe
dhcp || dhcp || dhcp ||
isset ${next-server} || dhcp net1 ||
isset ${next-server} || goto nobody
echo stand-in asks ${next-server} for ${net0/mac}
chain http://${next-server}:4433/Altiris/iPXE/GetPxeScript.aspx?ClientMAC=${net0/mac}&\
SerialNumber=${serial:uristring}&HardwareGuid=${uuid}&Platform=${platform}&Arch=${buildarch} ||
:nobody
prompt --key 0x02 --timeout 2000 stand-in found no server && shell ||
"""


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab(foreign=True)
    mac = "52:54:00:b0:0c:01"
    server = trial.server(lab, "proxy", token, hosts=[
        {"name": "broadcom", "mac": mac, "boot": servers.IMAGE}]).start()
    script = lab.path("embedded.ipxe")
    with open(script, "w", encoding="ascii") as out:
        out.write(SCRIPT)
    machine = trial.machine(lab, "bios", mac=mac,
                            words=["-kernel", IPXE, "-initrd", script]).start()
    machine.expect(r"stand-in asks 192\.168\.77\.1 for " + mac, 120)
    machine.expect(r"http://192\.168\.77\.1:4433/Altiris/iPXE/GetPxeScript\.aspx\.\.\. ok", 60)
    seen = machine.expect_kernel(token)[0]
    server.expect_event(r"got its script: " + servers.IMAGE)
    text = machine.text()
    for absent in ("command not found", "boot.ipxe"): # its own script at once, in words it knows
        if absent in text:
            raise LabError("the console shows '%s'" % absent)
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

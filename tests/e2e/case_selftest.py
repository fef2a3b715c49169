"""`tugboot selftest` beside a daemon that serves: virtual machines boot from a copy of its network,
and what serves here sees and keeps nothing of it. In mode proxy it plays the other DHCP server."""
import json

import lab as lab_module

TITLE = "selftest: BIOS, UEFI, Secure Boot and HTTPS Boot in a private copy of the network"
KINDS = ("bios", "uefi-pxe", "secure-pxe", "uefi-http")
WAYS = ("uefi-pxe", "secure-pxe")


def selftest(lab, server, *words):
    """Its results by way."""
    status, said = lab.run(lab.server, server.program, "selftest", "--json", *words, "--config",
                           server.config, seconds=900)
    if "{" not in said:
        raise AssertionError("exit %d: %s" % (status, said))
    report = json.loads(said[said.index("{"):])
    return status, {row["way"]: row for row in report["ways"]}


def run(trial):
    trial.need_tugboot()
    lab = trial.lab()
    server = trial.server(lab, "server", trial.token()).start()
    status, ways = selftest(lab, server, "--at-once", "2", *WAYS)
    for way in WAYS:
        if ways[way]["result"] != "works":
            raise AssertionError("%s: %s" % (way, ways[way]))
    if status != 0:
        raise AssertionError("exit %d though all work" % status)

    # An image: the kernel speaks where it is let, and where not, the reason is told.
    status, ways = selftest(lab, server, "bios", "--image", "debian-12")
    if status != 0 or "kernel of debian-12 speaks" not in ways["bios"]["said"]:
        raise AssertionError(ways)

    # Nothing of it reached what serves here.
    for text in (server.tool("machines", "--json"), server.tool("lease", "list", "--json"),
                 server.tool("host", "list", "--json")):
        if "52:54:00:73:66" in text:
            raise AssertionError("it left something behind: " + text)
    if "52:54:00:73:66" in server.events() or not server.alive():
        raise AssertionError("the daemon saw it")
    server.stop()

    # Beside another DHCP server, which is played; without a daemon here.
    server.mode = "proxy"
    server.write_config({})
    status, ways = selftest(lab, server, "bios")
    if status != 0 or ways["bios"]["result"] != "works":
        raise AssertionError("proxy: %s" % ways)

    # HTTPS Boot where it is offered, by the CA that was made for it.
    server.write_config({"https": {"offer": True}})
    status, ways = selftest(lab, server, "secure-http")
    if status != 0 or not ways["secure-http"]["said"].startswith("by HTTPS, "):
        raise AssertionError("HTTPS: %s" % ways)

    # What has nothing to start fails, with the reason.
    server.write_config({"tftp": {"enabled": False}, "http": {"enabled": False},
                         "https": {"enabled": False}})
    status, ways = selftest(lab, server, "uefi-pxe", "--seconds", "40")
    if status != 1 or ways["uefi-pxe"]["result"] != "fails":
        raise AssertionError("it works without TFTP and HTTP: %s" % ways)
    return "%s; without TFTP and HTTP: %s" % (lab_module.SERVER, ways["uefi-pxe"]["said"])

#!/usr/bin/env python3
"""Who gets a machine's answer files, and who does not: a neighbour on another network of the server
that asks an address of the machine's network, somebody logged in on the server itself, and somebody
behind a router, with and without `answers: {routed: false}`. TAP lines on standard output.

  answer_faults.py [CASE...]

    lan: br0 --- srv: eth0 192.168.77.1        br1 --- srv: eth1 192.168.99.1
             \\-- cli: eth0 192.168.77.50            \\-- other: eth0 192.168.99.9
             \\-- router: eth0 192.168.77.254, eth1 192.168.55.1 --- far: eth0 192.168.55.5
"""
import json
import os
import re

import ground
import lab as lab_module
from ground import Tugboot, check

OTHER, FAR = "192.168.99", "192.168.55"
VICTIM = "52:54:00:00:00:aa"
ANSWERS = r"url=http://\S+/answers/([0-9a-f]{32})/preseed\.cfg"


def ip(namespace, *words):
    lab_module.command("ip", "-n", namespace, *words)


def widen(g):
    """A second network of the server's, and one behind a router."""
    g.bridge("br1")
    g.bridge("br2")
    g.cable(g.server, "eth1", "br1", OTHER + ".1")
    g.other = g.namespace("oth")
    g.cable(g.other, "eth0", "br1", OTHER + ".9")
    ip(g.other, "route", "add", "default", "via", OTHER + ".1")
    router, g.far = g.namespace("rtr"), g.namespace("far")
    g.cable(router, "eth0", "br0", lab_module.NETWORK + ".254")
    g.cable(router, "eth1", "br2", FAR + ".1")
    g.sysctl(router, "net.ipv4.ip_forward=1")
    g.cable(g.far, "eth0", "br2", FAR + ".5")
    ip(g.far, "route", "add", "default", "via", FAR + ".1")
    ip(g.server, "route", "add", FAR + ".0/24", "via", lab_module.NETWORK + ".254")
    # The machine itself: its MAC is the one the host is known by.
    ip(g.client, "link", "set", "eth0", "address", VICTIM)


def serve(g, **answers):
    folder = g.path("images") + "/debian"
    os.makedirs(folder)
    for name in ("linux", "initrd.gz"):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(os.urandom(1000))
    with open(os.path.join(folder, "image.yaml"), "w", encoding="ascii") as out:
        out.write("kernel: linux\ninitrd: [initrd.gz]\narchitectures: [bios-x86, efi-x64]\nanswer-kind: preseed\n"
                  "arguments: url=${answer}\n")
    settings = {"interfaces": ["eth0", "eth1"],
                "hosts": [{"name": "victim", "mac": VICTIM, "boot": "debian", "answers": "default",
                           "secrets": {"root_password": "a word nobody hears"}}]}
    if answers:
        settings["answers"] = answers
    return Tugboot(g, "off", settings).start()


def fetch(g, namespace, path, server=lab_module.SERVER):
    """Status and body, as curl got them there."""
    status, said = g.run(namespace, "curl", "-s", "-m", "10", "-w", "\n%{http_code}",
                             "http://%s%s" % (server, path))
    check(status == 0, "curl ended with %d in %s" % (status, namespace))
    body, _, code = said.rpartition("\n")
    return int(code), body


def script(g, namespace, server=lab_module.SERVER):
    return fetch(g, namespace, "/boot.ipxe?mac=%s&platform=efi&buildarch=x86_64" % VICTIM, server)[1]


def has_token(text):
    found = re.search(ANSWERS, text)
    return found[1] if found else None


def begin(g, **answers):
    widen(g)
    return serve(g, **answers)


def neighbours_get_no_token(g):
    """The machine gets its token; one on another network of this server gets none by naming it,
    whichever of the server's addresses it asks; nor does the server's own user."""
    tug = begin(g)
    token = has_token(script(g, g.client))
    check(token, "the machine itself has no token:\n" + script(g, g.client))
    for name, space in (("a neighbour", g.other), ("the server itself", g.server)):
        for server in (lab_module.SERVER, OTHER + ".1"):
            said = script(g, space, server)
            check(not has_token(said), "%s got a token at %s" % (name, server))
            check("is given to the machine itself alone" in said,
                  "%s is not told why:\n%s" % (name, said))
    machines = json.loads(tug.tool("machines", "--json"))["machines"]
    mine = [row for row in machines if row.get("mac", "").lower() == VICTIM]
    check(mine and OTHER not in json.dumps(mine), "who named the machine became it: %s" % mine)
    path = "/answers/%s/preseed.cfg" % token
    status, body = fetch(g, g.other, path)
    check(status == 403 and "a word" not in body, "the neighbour used its token: %d" % status)
    status, body = fetch(g, g.client, path)
    check(status == 200, "the machine was refused its file: %d %s" % (status, body))
    tug.stop()


def behind_a_router_it_is_a_setting(g):
    """Nothing shows who asks there: by default the word is taken, and not with routed: false."""
    tug = begin(g)
    check(has_token(script(g, g.far)), "a machine behind a router has no token:\n"
          + script(g, g.far))
    tug.stop()
    settings = {"routed": False}
    os.rename(g.path("images"), g.path("images.old"))
    os.makedirs(g.path("images"))
    tug = serve(g, **settings)
    said = script(g, g.far)
    check(not has_token(said), "it got a token all the same")
    check("answers.routed" in said, "it is not told which setting:\n" + said)
    check(has_token(script(g, g.client)), "the machine on the link has none")
    tug.stop()


if __name__ == "__main__":
    ground.main((neighbours_get_no_token, behind_a_router_it_is_a_setting))

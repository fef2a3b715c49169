"""The Debian installer gets its preseed by a token's URL, shows the secret that was in it on its console,
and calls back; after that nobody gets the file again, and the machine's next boot is its own disk."""
import os
import re
import time

import lab as lab_module
from lab import LabError

TITLE = "an installer gets its answer file once, and calls back"
KINDS = ("bios",)
MAC, HOST = "52:54:00:77:00:11", "node11"

PRESEED = """d-i debian-installer/locale string en_US.UTF-8
d-i preseed/early_command string echo {{ ("answer for " .. hostname .. ": " .. secrets.word) | shell }} >/dev/console; \\
    wget -q -O /dev/null {{ finished | shell }}
"""


def fetch(lab, url):
    return lab.run(lab.server, "curl", "-s", "-m", "10", "-w", " %{http_code}", url)[1]


def expect_wake_up(lab):
    """The magic packet on the wire, with the password of SecureOn behind it."""
    magic = b"\xff" * 6 + bytes.fromhex(MAC.replace(":", "")) * 16 + bytes(range(1, 7))
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with open(lab.path("lan.pcap"), "rb") as capture:
            if magic in capture.read():
                return
        time.sleep(0.1)
    raise LabError("no wake-up packet was seen on the LAN")


def run(trial):
    trial.need_tugboot()
    word, lab = trial.token(), trial.lab()
    server = trial.server(lab, "server", trial.token(), answers={"grace": "0s"})
    with open(lab.path("images/debian-12/image.yaml"), "a", encoding="ascii") as out:
        out.write("answer-inside: none\n")
    folder = os.path.join(lab.path("state"), "answers")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lab.preseed"), "w", encoding="ascii") as out:
        out.write(PRESEED)
    server.start()
    secret = lab.path("word")
    with open(secret, "w", encoding="ascii") as out:
        out.write(word + "\n")
    server.tool("host", "add", HOST, "--mac", MAC, "--boot", "debian-12", "--answers", "lab")
    server.tool("host", "secret", HOST, "word", "--file", secret)
    if word in server.tool("render", "--host", HOST):
        raise LabError("the preview shows a secret")
    if word not in server.tool("render", "--host", HOST, "--reveal"):
        raise LabError("the preview does not show what the machine would get")

    server.tool("host", "wake", HOST, "--password", "01:02:03:04:05:06")
    expect_wake_up(lab)
    machine = trial.machine(lab, "bios", "node11", MAC).start()
    url = machine.expect(r"preseed/url=(http://\S+/answers/[0-9a-f]{32}/preseed\.cfg)", 240)[1]
    machine.expect("answer for %s: %s" % (HOST, word), 600)
    server.expect_event("has its answer file preseed.cfg for debian-12")
    server.expect_event("debian-12 is installed", 60)
    machine.stop()

    script = "http://%s/boot.ipxe?mac=%s" % (lab_module.SERVER, MAC)
    if "local disk" not in fetch(lab, script):
        raise LabError("the machine would be installed again")
    if not fetch(lab, url).endswith(" 403"):
        raise LabError("another machine got the answer file")
    server.tool("host", "boot", HOST, "--image", "debian-12")
    if "initrd" not in fetch(lab, script) + server.events():
        raise LabError("the installation cannot be begun anew")
    told = server.events()
    if word in told or re.search(r"answers/[0-9a-f]{7}", told):
        raise LabError("a secret or a whole token stands in the events")
    return "console: answer for %s: %s" % (HOST, word)

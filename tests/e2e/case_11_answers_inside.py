"""The Debian installer finds its preseed in its initramfs: under Secure Boot, by PXE, from the signed GRUB,
which fetches all by TFTP. A secret that was in it is on the console before there is any network."""
import os
import re

from lab import LabError

TITLE = "Secure Boot by PXE: an installer's answers lie in its initrd"
KINDS = ("secure-pxe",)
HOST = "node12"

PRESEED = """d-i debian-installer/locale string en_US.UTF-8
d-i preseed/early_command string \\
    (echo; echo {{ ("answer for " .. hostname .. ": " .. secrets.word) | shell }}; \\
    echo "addresses: $(ip -o -4 address | grep -vc 127.0.0.1)"; ls -l /preseed.cfg) >/dev/console
"""


def run(trial):
    trial.need_tugboot()
    word, lab = trial.token(), trial.lab()
    machine = trial.machine(lab, "secure-pxe", HOST)
    server = trial.server(lab, "server", trial.token(), answers={"grace": "0s"}, hosts=[
        {"name": HOST, "mac": machine.mac, "loader": "grub", "boot": "debian-12", "answers": "lab",
         "secrets": {"word": word}}])
    os.chmod(server.config, 0o600)
    folder = os.path.join(lab.path("state"), "answers")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lab.preseed"), "w", encoding="ascii") as out:
        out.write(PRESEED)
    server.start()
    machine.start()
    seen = machine.expect(r"[Cc]ommand line:[^\n]*", 420)[0]
    if "preseed/url" in seen or "answers/" in seen or "priority=critical" not in seen:
        raise LabError("the kernel was told " + seen)
    machine.expect("answer for %s: %s" % (HOST, word), 600)
    machine.expect(r"addresses: 0", 30)
    machine.expect(r"/preseed\.cfg", 30)
    server.expect_event("has its answer file preseed.cfg for debian-12")
    machine.stop()

    told = server.events()
    if word in told or re.search(r"answers/[0-9a-f]{7}", told):
        raise LabError("a secret or a whole token stands in the events")
    if not re.search(r"answers/[0-9a-f]{6}\.\.\./answers\.cpio", told):
        raise LabError("the archive's way is not told:\n" + told)
    return "console: answer for %s: %s, before it had an address" % (HOST, word)

"""A machine at its menu is seen on the dashboard; what is chosen for it there, in a browser, is what it
boots at the next start, and the page sees it through to its system."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "web"))

import browser  # noqa: E402  pylint: disable=wrong-import-position

TITLE = "BIOS, the kernel that was chosen on the page in a browser"
KINDS = ("bios",)


def run(trial):
    trial.need_tugboot()
    if browser.missing():
        trial.skip("missing here: %s; ./dev deps web installs it" % ", ".join(browser.missing()))
    token, title = trial.token(), "lab " + trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token,
                          menu={"title": title, "timeout": "0s", "default": "local"}).start()
    machine = trial.machine(lab, "bios").start()
    machine.expect(title, 120)
    words, environment = browser.words_for(lab, server, "choose.mjs", mac=machine.mac,
                                           image="debian-12")
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    machine.stop()
    seen = machine.start().expect_kernel(token)[0]
    server.expect_event("one-shot boot of debian-12 is used up")
    return "console: %s" % seen

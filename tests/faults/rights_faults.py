#!/usr/bin/env python3
"""What tugboot may still do once it serves: of user, capabilities, system calls and folders, nothing
but what it needs. TAP lines on standard output.

  rights_faults.py [CASE...]
"""
import os
import pwd
import re

import ground
from ground import Tugboot, check


def threads_of(pid):
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task), encoding="ascii") as status:
            yield task, dict(re.findall(r"^(\w+):[ \t]*(.*)$", status.read(), re.M))


def rights_are_given_up(g):
    """As root with `user: nobody`, every thread has that user, no capability, not even in the
    bounding set, can gain none, and has a system call filter."""
    nobody = pwd.getpwnam("nobody")
    tug = Tugboot(g, "server", {"user": "nobody"}).start()
    rows = dict(threads_of(tug.pid()))
    check(len(rows) >= 4, "only %d threads" % len(rows))
    wanted = {"Uid": "\t".join([str(nobody.pw_uid)] * 4), "Gid": "\t".join([str(nobody.pw_gid)] * 4),
              "Groups": "", "CapInh": "0" * 16, "CapPrm": "0" * 16, "CapEff": "0" * 16,
              "CapBnd": "0" * 16, "CapAmb": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    if ground.slowness(tug.program) > 1:
        del wanted["Seccomp"]  # the sanitizers' own system calls are not the product's
    for task, status in rows.items():
        for key, value in wanted.items():
            check(status[key].strip() == value, "thread %s (%s): %s is %r, not %r" % (
                task, status["Name"], key, status[key], value))
    dhcp = ground.Dhcp(g)
    dhcp.dora(ground.mac_of(1))
    tug.end()
    return "%d threads" % len(rows)


def files_outside_cannot_be_read(g):
    """A link that leads out of `files:` is refused by TFTP and HTTP, absolute, relative, or by a
    folder; the same file inside is served."""
    files, outside = g.path("files"), g.path("outside")
    os.makedirs(files + "/inside")
    os.makedirs(outside)
    for folder in (outside, files + "/inside"):
        with open(folder + "/secret", "w", encoding="ascii") as out:
            out.write("something to read\n")
    os.symlink(outside + "/secret", files + "/absolute")
    os.symlink("../outside/secret", files + "/relative")
    os.symlink(outside, files + "/folder")
    os.symlink("inside/secret", files + "/good")
    os.symlink("/proc/self/environ", files + "/magic")
    tug = Tugboot(g, "off", {"user": "nobody", "files": files}).start()
    check(ground.http_get(g, "/good") == (200, b"something to read\n"), "the good link by HTTP")
    check(ground.tftp_get(g, "good") == b"something to read\n", "the good link by TFTP")
    for name in ("absolute", "relative", "folder/secret", "magic", "../outside/secret",
                 "%2e%2e/outside/secret", "inside/../../outside/secret"):
        status, body = ground.http_get(g, "/" + name)
        check(status in (400, 403, 404) and b"something" not in body,
              "HTTP %s: %d %r" % (name, status, body[:40]))
        try:
            data = ground.tftp_get(g, name)
            check(False, "TFTP %s: %r" % (name, data[:40]))
        except ground.TftpRefused:
            pass
    # Even code that ran wild in it could not: what Landlock leaves to the process.
    check("Landlock" in tug.events(), "no Landlock here:\n" + tug.events())
    tug.end()


if __name__ == "__main__":
    ground.main((rights_are_given_up, files_outside_cannot_be_read))

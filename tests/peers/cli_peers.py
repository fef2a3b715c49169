#!/usr/bin/env python3
"""Every command of tugboot against a running daemon, in mode server and mode proxy, and without
one: what it prints, that its JSON is JSON, and the exit codes tugboot(1) documents. TAP lines on
standard output.
"""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Skip, Tap, check  # noqa: E402

OK, FAILED, USAGE, NO_DAEMON, NOT_FOUND = range(5)
MAC = "52:54:00:99:01:01"
OTHER = "52:54:00:99:01:02"


class Bench:
    """A LAN with a daemon and one machine on it."""

    def __init__(self, lab, mode):
        self.lab, self.mode = lab, mode
        self.server = servers.Tugboot(lab, mode)
        self.spaces = {}
        self.rooms = 0  # how many tables were taken in

    def space(self, mac):
        if mac not in self.spaces:
            space = self.lab.namespace("m%d" % len(self.spaces))
            self.lab.cable(space, "eth0", "br0", None, mac)
            self.spaces[mac] = space
        return self.spaces[mac]

    def switch_on(self, mac=MAC):
        status, said = self.lab.run(self.space(mac), sys.executable,
                                    os.path.join(HERE, "pxe_client.py"), "eth0", mac)
        check(status == 0, "no answer to a PXE client: " + said)

    def tugboot(self, *words, code=OK):
        done = subprocess.run(
            ["ip", "netns", "exec", self.lab.server, self.server.program, *words, "--config",
             self.server.config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=30, check=False)
        check(done.returncode == code, "tugboot %s: exit %d, not %d\n%s%s" % (
            " ".join(words), done.returncode, code, done.stdout, done.stderr))
        check(code == OK or done.stderr.startswith(("tugboot: ", self.lab.folder)),
              "a refusal without a sentence: " + done.stderr)
        return done.stdout if code == OK else done.stderr

    def json(self, *words):
        return json.loads(self.tugboot(*words, "--json"))

    def named(self):
        """The hosts, without the rooms of table()."""
        rows = self.json("host", "list")["hosts"]
        return [row for row in rows if not row["name"].startswith("pc")]

    def json_lines(self, *words):
        return [json.loads(line) for line in self.tugboot(*words, "--json").splitlines()]


def table(bench):
    """A room of machines out of a spreadsheet, twice, and back into one."""
    path = bench.lab.path("room.csv")
    bench.rooms += 1
    room = "pc%d" % bench.rooms

    def write(rows, **form):
        with open(path, "w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out, **form).writerows(rows)

    titles = ["name", "mac", "boot", "variables.seat"]
    rows = [["%s-%03d" % (room, i), "52:54:00:a%d:00:%02x" % (bench.rooms, i), "local", 'row "%d", left' % i]
            for i in range(230)]
    write([titles] + rows, delimiter=";")
    check("230 to be added" in bench.tugboot("host", "import", path, "--dry-run"), "no dry run")
    check(room + "-000" not in bench.tugboot("host", "list"), "the dry run was none")
    check("230 added, 0 changed" in bench.tugboot("host", "import", path), "not all are added")
    check("0 added, 230 changed" in bench.tugboot("host", "import", path), "not the same again")
    back = list(csv.reader(bench.tugboot("host", "export").splitlines()))
    check(back[0] == titles and sorted(row for row in back[1:] if row[0].startswith(room)) == rows, back[:3])
    # What has no column stays, an empty field takes back.
    write([["name", "boot"], [room + "-007", ""], [room + "-008", "menu"]])
    check("0 added, 2 changed" in bench.tugboot("host", "import", path), "two are to be changed")
    # One fault: nothing is changed, and both faults are told by line.
    write([["name", "mac", "boot"], [room + "-009", rows[9][1], "menu"], [room + "-010", "52:54", "menu"],
           ["new", "", "menu"]])
    said = bench.tugboot("host", "import", path, code=FAILED)
    check("room.csv:3:" in said and "room.csv:4:" in said and "2 faults" in said, said)
    named = {row[0]: row for row in csv.reader(bench.tugboot("host", "export").splitlines())}
    check(named[room + "-007"][1:3] == [rows[7][1], ""], named[room + "-007"])
    check(named[room + "-008"][2] == "menu" and named[room + "-009"][2] == "local", named)
    check("new" not in named, "a host of a faulty table is there")
    bench.tugboot("host", "import", bench.lab.path("nothing.csv"), code=NOT_FOUND)


# --- with a daemon

def status(bench):
    said = bench.json("status")
    check(bench.mode in json.dumps(said), said)
    check("eth0" in bench.tugboot("status"), "no interface in status")


def machines(bench):
    bench.switch_on()
    rows = bench.json("machines")["machines"]
    check([row for row in rows if row["mac"] == MAC], rows)
    check(MAC in bench.tugboot("machines"), "the machine is not listed")


def machines_of_a_former_run(bench):
    """A restart forgets no machine, nor when it was first seen."""
    bench.switch_on()
    before = {row["mac"]: row for row in bench.json("machines")["machines"]}
    bench.server.stop()
    bench.server.start()
    after = {row["mac"]: row for row in bench.json("machines")["machines"]}
    check(set(before) == set(after) and MAC in after, (before, after))
    for key in ("first_seen", "last_seen"):
        check(before[MAC][key] == after[MAC][key], (before[MAC], after[MAC]))
    check(before[MAC]["client"]["arch"] == after[MAC]["client"]["arch"], after[MAC])


def events(bench):
    bench.switch_on()
    bench.switch_on(OTHER)
    rows = bench.json_lines("events")
    sequences = [row["sequence"] for row in rows]
    check(sequences == sorted(set(sequences)) and rows, sequences)
    rows = bench.json_lines("events", "--machine", MAC)
    check(rows and MAC in json.dumps(rows) and OTHER not in json.dumps(rows), rows)
    rest = bench.json_lines("events", "--after", str(sequences[-2]))
    check(rest[0]["sequence"] == sequences[-1], rest)


def events_live(bench):
    """What happens after the stream began arrives, at once, in words and as JSON."""
    bench.switch_on()
    last = bench.json_lines("events")[-1]["sequence"]
    streams = [bench.lab.start(bench.lab.server, "follow%d-%s" % (i, bench.mode),
                               bench.server.program, "events", "--follow", "--after", str(last),
                               *more, "--config", bench.server.config)
               for i, more in enumerate(((), ("--json",), ("--machine", OTHER)))]
    time.sleep(1)
    bench.switch_on(OTHER)
    for stream in streams:
        stream.wait_for(OTHER, 3)
    bench.switch_on()
    streams[0].wait_for(MAC, 3)
    for line in streams[1].text().splitlines():
        check(json.loads(line)["sequence"] > last, line)
    check(MAC not in streams[2].text(), "an event of another machine: " + streams[2].text())
    for stream in streams:
        stream.stop()


def pcap(bench):
    """The capture holds what was asked and what was answered, and explain reads it."""
    bench.switch_on()
    path = bench.lab.path("boot.pcap")
    bench.tugboot("pcap", "--mac", MAC, "--output", path)
    told = subprocess.run(["tcpdump", "-nvr", path], capture_output=True, text=True, check=True)
    check("Request from " + MAC in told.stdout and "BOOTP/DHCP, Reply" in told.stdout, told.stdout)
    said = bench.json("explain", "--pcap", path)
    check(said["client"]["mac"] == MAC and said["client"]["arch"] == "efi-x64", said)
    bench.tugboot("explain", "--pcap", path, "--mac", "52:54:00:00:00:99", code=NOT_FOUND)
    bench.tugboot("pcap", "--mac", "52:54:00:00:00:99", code=NOT_FOUND)
    bench.tugboot("pcap", code=USAGE)


def explain(bench):
    said = bench.json("explain", "--mac", MAC, "--arch", "efi-x64")
    check(said["firmware"] and said["client"]["arch"] == "efi-x64", said)
    text = bench.tugboot("explain", "--mac", MAC, "--arch", "bios-x86")
    check("bios-x86" in text, text)
    bench.tugboot("explain", code=USAGE)
    check("4011" in bench.json("explain", "PXE-E55:", "ProxyDHCP")["cause"], "PXE-E55 is another")
    check(bench.json("explain", "https://ipxe.org/040ee119")["posix"] == "EADDRNOTAVAIL",
          "iPXE's number is taken apart otherwise")
    check("cure" in bench.tugboot("explain", "Access Denied"), "no cure is named")
    bench.tugboot("explain", "all", "is", "well", code=NOT_FOUND)
    bench.tugboot("explain", "--arch", "efi-x46", code=USAGE)


def hosts(bench):
    """The same with a daemon and without one."""
    bench.tugboot("host", "add", "node1", "--mac", MAC, "--boot", "local")
    bench.tugboot("host", "add", "node1", "--mac", MAC, code=FAILED)
    check("local" in bench.tugboot("host", "list"), "the host is not listed")
    said = bench.json("host", "set", "node1", "--boot", "menu")
    check(said["boot"] == "menu", said)
    bench.tugboot("host", "set", "node1", "--next-boot", "local")
    rows = bench.named()
    check(len(rows) == 1 and rows[0]["next_boot"] == "local" and rows[0]["boot"] == "menu", rows)
    said = bench.json("explain", "--mac", MAC, "--arch", "efi-x64")
    check("local" in json.dumps(said) and "node1" in json.dumps(said), said)
    bench.tugboot("host", "set", "node1", "--variable", "site=a=b", "--variable", "rack=7")
    said = bench.json("host", "set", "node1", "--variable", "rack=")
    check(said["variables"] == {"site": "a=b"}, said)
    bench.tugboot("host", "set", "node1", "--variable", "rack", code=USAGE)
    bench.tugboot("host", "set", "node1", "--variable", "ra ck=7", code=FAILED)
    bench.tugboot("host", "set", "node2", "--boot", "menu", code=NOT_FOUND)
    bench.tugboot("host", "set", "node1", code=USAGE)
    bench.tugboot("host", "add", "node2", code=FAILED)
    bench.tugboot("host", "add", "no/de", "--mac", OTHER, code=USAGE)
    bench.tugboot("host", "remove", "node1")
    bench.tugboot("host", "remove", "node1", code=NOT_FOUND)


def leases(bench):
    if bench.mode != "server":
        check(bench.json("lease", "list")["leases"] == [], "mode proxy has leases")
        return
    mac = "52:54:00:99:01:03"
    status_, said = bench.lab.run(bench.space(mac), "busybox", "udhcpc", "-i", "eth0", "-n", "-q",
                                  "-f", "-s", "/bin/true")
    if status_ == 127:
        raise Skip("no busybox here")
    address = re.search(r"lease of ([\d.]+) obtained", said)
    check(address, said)
    rows = bench.json("lease", "list")["leases"]
    check([r for r in rows if r["mac"] == mac and r["address"] == address[1]], rows)
    check(address[1] in bench.tugboot("lease", "list"), "the lease is not listed")


def images(bench):
    check(isinstance(bench.json("image", "list"), (dict, list)), "image list")
    bench.tugboot("image", "show", "none", code=NOT_FOUND)
    bench.tugboot("image", "remove", "none", code=NOT_FOUND)
    bench.tugboot("image", "add", "/nowhere", code=NOT_FOUND)


def recipes(bench):
    rows = {row["name"]: row for row in bench.json("recipe", "list")["recipes"]}
    check(rows["debian-netboot"]["from"] == "tugboot", rows)
    check("match:" in bench.tugboot("recipe", "show", "debian-netboot"), "no text of a recipe")
    bench.tugboot("recipe", "show", "none", code=NOT_FOUND)
    kernel = bytearray(0x600)
    kernel[0x1fe:0x200] = b"\x55\xaa"
    kernel[0x202:0x206] = b"HdrS"
    kernel[0x20e:0x210] = b"\x00\x03"
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "debian-installer", "amd64")
        os.makedirs(tree)
        for name, content in (("linux", bytes(kernel)), ("initrd.gz", b"x")):
            with open(os.path.join(tree, name), "wb") as out:
                out.write(content)
        found = bench.json("image", "recognise", folder)
        check(found["recipe"] == "debian-netboot", found)
        check([entry["arguments"] for entry in found["entries"]] ==
              ["--- quiet", "priority=low ---", "rescue/enable=true --- quiet"], found)
        check("found      the file debian-installer/*/linux" in
              bench.tugboot("image", "recognise", folder), "the clues are not told")
        os.unlink(os.path.join(tree, "initrd.gz"))
        said = bench.tugboot("image", "recognise", "--all", folder, code=NOT_FOUND)
        check("nothing to boot was recognised" in said, said)
    bench.tugboot("image", "recognise", "/nowhere", code=NOT_FOUND)
    # An own recipe that is broken is told of and left out; one that is sound is listed.
    own = os.path.join(bench.lab.path("state"), "recipes")
    os.makedirs(own, exist_ok=True)
    with open(os.path.join(own, "appliance.yaml"), "w", encoding="utf-8") as out:
        out.write("title: Ours\nmatch: [{file: a}]\nkernel: k\n")
    rows = {row["name"]: row for row in bench.json("recipe", "list")["recipes"]}
    check(rows["appliance"]["from"] == "your own", rows)
    os.unlink(os.path.join(own, "appliance.yaml"))


def reload(bench):
    """A file replaced by rename is read; one with faults is refused and changes nothing."""
    with open(bench.server.config, encoding="utf-8") as source:
        before = source.read()

    def replace(text):
        with open(bench.server.config + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename(bench.server.config + ".new", bench.server.config)

    values = json.loads(before)
    values["hosts"] = [{"name": "filed", "mac": OTHER, "boot": "local"}]
    replace(json.dumps(values))
    bench.tugboot("reload")
    rows = bench.named()
    check([r for r in rows if r["name"] == "filed" and r["read_only"]], rows)
    bench.tugboot("host", "remove", "filed", code=FAILED)
    control = bench.server.control
    other = bench.lab.path("plain.yaml")  # tells the command where the daemon is
    with open(other, "w", encoding="utf-8") as out:
        out.write("control: %s\n" % control)
    values["menuu"] = {}
    replace(json.dumps(values))
    config, bench.server.config = bench.server.config, other
    try:
        said = bench.tugboot("reload", code=FAILED)
        check("menuu" in said or "fault" in said, said)
        rows = bench.named()
        check([r for r in rows if r["name"] == "filed"], "the old configuration is not in force")
    finally:
        bench.server.config = config
    replace(before)
    bench.tugboot("reload")
    check(not bench.named(), "the host of the file is still there")


# --- without

def faults(bench):
    """All of them in one run, each with line, column and what would be right."""
    path = bench.lab.path("faulty.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write("menuu: {title: lab}\ndhcp:\n  mode: sever\n  subnets:\n"
                  "    - network: 192.168.50.1/24\nhosts:\n  - name: a\n    mac: 52:54\n")
    done = subprocess.run([bench.server.program, "check", path], capture_output=True, text=True,
                          check=False)
    said = done.stdout + done.stderr
    check(done.returncode == FAILED, said)
    for pattern in (r":1:1: .*\bmenu\b", r":3:9: .*\bserver\b", r":5:\d+: ", r":8:10: "):
        check(re.search(pattern, said), "no %s in\n%s" % (pattern, said))


def checks(bench):
    bench.tugboot("check")
    bench.tugboot("check", "--print")
    check(isinstance(bench.json("check"), dict), "check --json")
    bench.tugboot("check", "/nowhere.yaml", code=NOT_FOUND)


def usage(bench):
    said = bench.tugboot("stauts", code=USAGE)
    check("status" in said, said)
    said = bench.tugboot("status", "--jsn", code=USAGE)
    check("--json" in said, said)
    bench.tugboot("host", "remove", code=USAGE)
    for words, code in ((["host"], USAGE), (["host", "--help"], OK)):
        done = subprocess.run([bench.server.program] + words, capture_output=True, text=True, check=False)
        check(done.returncode == code and "host import" in (done.stderr if code else done.stdout), done)


def alone(bench):
    for words in (("status",), ("events",), ("events", "--follow"), ("machines",),
                  ("lease", "list"), ("reload",), ("pcap", "--mac", MAC, "--output", "/dev/null")):
        bench.tugboot(*words, code=NO_DAEMON)


def capture_alone(bench):
    said = bench.json("explain", "--pcap", bench.lab.path("boot.pcap"))
    check(said["client"]["mac"] == MAC and said["client"]["arch"] == "efi-x64", said)


def completion(bench):
    """Each shell that is here can read its own."""
    for shell, option in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
        path = bench.lab.path("completion." + shell)
        with open(path, "w", encoding="utf-8") as out:
            subprocess.run([bench.server.program, "completion", shell], stdout=out, check=True)
        try:
            subprocess.run([shell, option, path], capture_output=True, check=True)
        except FileNotFoundError:
            continue
    bench.tugboot("completion", "csh", code=USAGE)


WITH = (status, machines, machines_of_a_former_run, events, events_live, pcap, explain, hosts, leases, images, recipes,
        reload, table)
WITHOUT = (hosts, explain, capture_alone, images, recipes, faults, checks, usage, alone, completion,
           table)


def main():
    lab_module.prepare()
    tap = Tap()
    for mode in ("server", "proxy"):
        with tempfile.TemporaryDirectory(prefix="tugboot-cli-") as folder, \
                lab_module.Lab(folder) as lab:
            os.chmod(folder, 0o755)
            bench = Bench(lab, mode)
            bench.server.start()
            for case in WITH:
                tap.case("%s, mode %s" % (case.__name__, mode), case, bench)
            tap.case("the daemon lives, mode " + mode,
                     lambda b=bench: check(b.server.alive(), b.server.events()))
            bench.server.stop()
            for case in WITHOUT if mode == "server" else ():
                tap.case(case.__name__ + ", without a daemon", case, bench)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

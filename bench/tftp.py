#!/usr/bin/env python3
"""TFTP: tugboot beside dnsmasq, tftpd-hpa and atftpd, in one run, as ratios.

  tftp.py [BUILD] [--tugboot PROGRAM] [--rounds N] [--only "CASE;..."] [--servers NAME,...]
          [--lanes N] [--json FILE]

BUILD is the build folder (default: build beside bench/) with bench/tftp_load and bench/tftp_serve.
Without --tugboot the port alone is measured (tftp_serve); with it the whole daemon over the same
folder. Everything happens on the loopback of a network namespace of its own; needs root. The
servers take turns within each round, and a ratio is made of two runs of the same round, so that a
busy machine slows both. Losses are made by the clients (so many of a thousand packets are thrown
away each way, the same for all servers), since not every kernel has netem.

atftpd, which cannot be installed beside tftpd-hpa, is unpacked from its package when it can be
downloaded, and left out otherwise. Exit 0 when all targets are reached, 1 when not, 77 when nothing
can be compared.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import field

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "TUGBOOT_BENCH_INSIDE"
MIB = 1 << 20
ADDRESS = "192.0.2.1"  # tftpd-hpa does not start where there is nothing but 127.0.0.1

# name: clients, transfers, bytes of the file, options, the least ratio of speed to each peer
CASES = {
    "window 1, 50 clients": (50, 200, MIB, ["blksize", "1428"],
                             {"dnsmasq": 1.0, "tftpd-hpa": 2.4}),
    "window 1, 500 clients": (500, 500, MIB, ["blksize", "1428"],
                              {"dnsmasq": 1.0, "tftpd-hpa": 2.4}),
    "window 16, 50 clients": (50, 400, MIB, ["blksize", "1428", "windowsize", "16"],
                              {"dnsmasq": 4.0}),
    "1 % loss, 50 clients": (50, 50, MIB // 4, ["blksize", "1428", "loss", "10",
                                                "timeout", "4000"], {"tftpd-hpa": 5.0}),
    "storm of 512": (512, 512, MIB // 4, ["blksize", "1428"], {}),
}


class Server:
    """One server over `folder` on port 69 of this namespace."""

    def __init__(self, name, command, work):
        self.log = open(os.path.join(work, name + ".log"), "ab")
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                      stdin=subprocess.DEVNULL, preexec_fn=field.follow_parent())
        if not self.answers():
            self.stop()
            with open(self.log.name, encoding="utf-8", errors="replace") as log:
                raise RuntimeError("%s does not answer: %s" % (name, log.read()[-400:]))

    def answers(self):
        ask = b"\0\1tiny\0octet\0"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            for _ in range(50):
                s.sendto(ask, (ADDRESS, 69))
                try:
                    _, to = s.recvfrom(2000)
                    s.sendto(b"\0\4\0\1", to)
                    return True
                except OSError:
                    if os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                        return False
                    time.sleep(0.02)
        return False

    def stop(self):
        """Ends the server with all its children; the CPU seconds it used."""
        try:
            os.killpg(self.child.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        end = time.time() + 5
        while time.time() < end:
            pid, _, use = os.wait4(self.child.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.01)
        else:
            os.killpg(self.child.pid, signal.SIGKILL)
            _, _, use = os.wait4(self.child.pid, 0)
        self.child.returncode = 0
        self.log.close()
        return use.ru_utime + use.ru_stime


def unpack_atftpd(work):
    if shutil.which("atftpd"):
        return shutil.which("atftpd")
    folder = os.path.join(work, "atftpd")
    os.mkdir(folder)
    got = subprocess.run(["apt-get", "download", "atftpd"], cwd=folder, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    files = [name for name in os.listdir(folder) if name.endswith(".deb")]
    if got.returncode != 0 or not files:
        return None
    subprocess.run(["dpkg", "-x", files[0], "root"], cwd=folder, check=True)
    return os.path.join(folder, "root/usr/sbin/atftpd")


def commands(options, folder, work):
    """The servers that are here, tugboot first."""
    found = {}
    if options.tugboot:
        config = os.path.join(work, "tugboot.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write("interfaces: [lo]\nstate: %s/state\nimages: %s/images\nfiles: %s\n"
                      "dhcp: {mode: off}\n" % (work, work, folder))
        found["tugboot"] = [options.tugboot, "serve", "--config", config]
    else:
        found["tugboot"] = [os.path.join(options.build, "bench/tftp_serve"), folder, ADDRESS,
                            "69", "lanes", str(options.lanes)]
    if shutil.which("dnsmasq"):
        found["dnsmasq"] = ["dnsmasq", "-k", "--conf-file=/dev/null", "--port=0", "--user=root",
                            "--listen-address=" + ADDRESS, "--enable-tftp", "--tftp-root=" + folder,
                            "--tftp-max=2000", "--log-facility=" + work + "/dnsmasq.txt",
                            "--pid-file="]
    if shutil.which("in.tftpd"):
        found["tftpd-hpa"] = ["in.tftpd", "-L", "--address", ADDRESS + ":69", "--user", "root",
                              "--secure", folder]
    atftpd = options.atftpd
    if atftpd:
        found["atftpd"] = [atftpd, "--daemon", "--no-fork", "--user", "root", "--group", "root",
                           "--port", "69", "--bind-address", ADDRESS, "--maxthread", "2000",
                           "--logfile", work + "/atftpd.txt", folder]
    wanted = options.servers.split(",") if options.servers else list(found)
    return {name: command for name, command in found.items() if name in wanted}


def measure(options, name, command, case, round_number, work, folder):
    clients, transfers, size, extra, _ = CASES[case]
    server = Server(name, command, work)
    try:
        run = subprocess.run([os.path.join(options.build, "bench/tftp_load"), ADDRESS, "69",
                              "file%d" % size, os.path.join(folder, "file%d" % size), str(clients),
                              str(transfers), *extra, "seed", str(round_number)],
                             stdout=subprocess.PIPE, text=True)
    finally:
        cpu = server.stop()
    if not run.stdout.startswith("{"):
        raise RuntimeError("the load program ended with %d" % run.returncode)
    result = json.loads(run.stdout)
    # what tftpd-hpa's children used is not known: it does not wait for them
    result["server_cpu_seconds"] = round(cpu, 3) if name != "tftpd-hpa" else 0
    return result


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def summarize(case, rounds):
    """rounds: a {server: result} each. Ratios of speed, tugboot to the peer, round by round."""
    summary = {"case": case, "servers": {}, "ratios": {}, "targets": {}}
    for name in rounds[0]:
        results = [r[name] for r in rounds]
        summary["servers"][name] = {
            "mib_per_second": spread([r["bytes_per_second"] / MIB for r in results]),
            "slowest_ms": spread([r["slowest_ms"] for r in results]),
            "cpu_seconds": spread([r["server_cpu_seconds"] for r in results]),
            "repeats": sum(r["repeats"] for r in results),
            "unfinished": sum(r["transfers"] - r["finished"] for r in results),
        }
        finished = all(r["finished"] > 0 for r in results)
        if name != "tugboot" and "tugboot" in rounds[0] and finished:
            summary["ratios"][name] = spread(
                [r["tugboot"]["bytes_per_second"] / r[name]["bytes_per_second"] for r in rounds])
    ok = summary["servers"].get("tugboot", {}).get("unfinished", 0) == 0
    for name, least in CASES[case][4].items():
        if name in summary["ratios"]:
            reached = summary["ratios"][name]["median"] >= least
            summary["targets"][name] = {"least": least, "reached": reached}
            ok = ok and reached
    summary["reached"] = ok
    return summary


def show(summary):
    print("\n%s%s" % (summary["case"], "" if summary["reached"] else "   NOT REACHED"))
    for name, s in summary["servers"].items():
        rate, ratio = s["mib_per_second"], summary["ratios"].get(name)
        line = "  %-10s %7.1f MiB/s (%.1f-%.1f)  cpu %5.2f s  slowest %6d ms  repeats %5d" % (
            name, rate["median"], rate["min"], rate["max"], s["cpu_seconds"]["median"],
            s["slowest_ms"]["median"], s["repeats"])
        if s["unfinished"]:
            line += "  %d UNFINISHED" % s["unfinished"]
        if ratio:
            line += "  tugboot is %.2fx (%.2f-%.2f)" % (ratio["median"], ratio["min"],
                                                         ratio["max"])
        target = summary["targets"].get(name)
        if target:
            line += ", to reach %.1fx" % target["least"]
        print(line)
    sys.stdout.flush()


def work_through(options, work):
    folder = os.path.join(work, "files")
    os.mkdir(folder)
    os.chmod(work, 0o755)
    for size in {case[2] for case in CASES.values()}:
        with open(os.path.join(folder, "file%d" % size), "wb") as out:
            out.write(os.urandom(size))
    with open(os.path.join(folder, "tiny"), "wb") as out:
        out.write(b"x")
    servers = commands(options, folder, work)
    if "tugboot" in servers and len(servers) < 2:
        print("nothing to compare with: no dnsmasq, in.tftpd or atftpd here")
        return 77
    summaries = []
    for case in CASES:
        if options.only and not any(word in case for word in options.only.split(";")):
            continue
        rounds = []
        for i in range(options.rounds):
            order = list(servers)[i % len(servers):] + list(servers)[:i % len(servers)]
            rounds.append({})
            for name in order:
                rounds[-1][name] = measure(options, name, servers[name], case, i + 1, work, folder)
            rounds[-1] = {name: rounds[-1][name] for name in servers}
        summaries.append(summarize(case, rounds))
        show(summaries[-1])
    text = json.dumps({"bench": "tftp", "rounds": options.rounds, "cases": summaries})
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            out.write(text + "\n")
    else:
        print("\n" + text)
    return 0 if all(s["reached"] for s in summaries) else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", default=os.path.join(os.path.dirname(HERE), "build"))
    parser.add_argument("--tugboot")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only")
    parser.add_argument("--servers")
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--json")
    parser.add_argument("--atftpd", help=argparse.SUPPRESS)
    options = parser.parse_args()
    field.end_orderly()
    if os.environ.get(INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "address", "add", ADDRESS + "/32", "dev", "lo"], check=True)
        with tempfile.TemporaryDirectory(prefix="tugboot-bench.") as work:
            return work_through(options, work)
    if os.geteuid() != 0:
        print("bench tftp: a network namespace of its own needs root")
        return 77
    with tempfile.TemporaryDirectory(prefix="tugboot-bench.") as outside:
        atftpd = unpack_atftpd(outside)  # the namespace has no network
        command = ["unshare", "-n", sys.executable, os.path.abspath(__file__), *sys.argv[1:]]
        if atftpd:
            command += ["--atftpd", atftpd]
        else:
            print("atftpd is not here and cannot be downloaded: left out")
        return subprocess.run(command, env=dict(os.environ, **{INSIDE: "1"}),
                              preexec_fn=field.follow_parent(signal.SIGTERM)).returncode


sys.exit(main())

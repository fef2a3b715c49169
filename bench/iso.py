#!/usr/bin/env python3
"""A file out of an ISO, as 30 machines of a class pull it at once: tugboot against nginx serving the
same bytes as a plain file, on loopback, interleaved, as ratios.

    bench/iso.py [--tugboot build/tugboot] [--clients 30] [--rounds 5] [--seconds 4] [--json]

Both with two workers and sendfile; wrk measures. Also how long it takes from an ISO's last byte in the
folder to its entry: an ISO of --large GiB, most of which is a hole, so that its directory is what there
is to read.
"""
import argparse, json, os, re, shutil, statistics, subprocess, sys, tempfile, time

import field

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--tugboot", default=os.path.join(here, "..", "build", "tugboot"))
args.add_argument("--clients", type=int, default=30)
args.add_argument("--rounds", type=int, default=5)
args.add_argument("--seconds", type=int, default=4)
args.add_argument("--megabytes", type=int, default=256)
args.add_argument("--large", type=int, default=5)
args.add_argument("--json", action="store_true")
args = args.parse_args()

for tool in ("nginx", "wrk", "xorriso", "curl"):
    if not shutil.which(tool):
        print(f"skipped: {tool} is not installed")
        sys.exit(77)

NGINX = """
daemon off; master_process on; worker_processes 2; pid {d}/nginx.pid; error_log {d}/e crit;
worker_rlimit_nofile 65536; user root;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush off; keepalive_requests 1000000000;
  types {{ }} default_type application/octet-stream;
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3;
  uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  server {{ listen 127.0.0.1:{port} reuseport backlog=4096; root {d}/tree; }}
}}
"""


def configure(d, port):
    os.makedirs(f"{d}/state")
    os.makedirs(f"{d}/images")
    with open(f"{d}/tugboot.yaml", "w") as f:
        json.dump({"interfaces": ["lo"], "state": f"{d}/state", "images": f"{d}/images",
                   "control": f"{d}/control", "user": "", "dhcp": {"mode": "off"},
                   "tftp": {"port": field.free_port()}, "http": {"port": port},
                   "https": {"enabled": False}, "altiris": {"port": field.free_port()}}, f)


def is_there(url):
    # curl: http.py beside this file would be taken for Python's own
    return subprocess.run(["curl", "-sfI", "-m", "5", "-o", "/dev/null", url], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def wait_for(url, seconds=60):
    begun = time.monotonic()
    while not is_there(url):
        if time.monotonic() - begun > seconds:
            raise SystemExit(f"{url} does not appear")
        time.sleep(0.02)
    return time.monotonic() - begun


def wrk(url):
    out = subprocess.run(["wrk", "-t", "2", "-c", str(args.clients), "-d", f"{args.seconds}s",
                          "--timeout", "60s", url], check=True, capture_output=True,
                         text=True).stdout
    amount, unit = re.search(r"Transfer/sec:\s+([\d.]+)([KMG])B", out).groups()
    return float(amount) * {"K": 1 / 1024, "M": 1, "G": 1024}[unit]


def make_large(d):
    """An ISO of that many GiB by a file of zeros, which the file system keeps as a hole."""
    os.makedirs(f"{d}/large/boot")
    shutil.copy(f"{d}/tree/boot/vmlinuz", f"{d}/large/boot")
    shutil.copy(f"{d}/tree/boot/initrd", f"{d}/large/boot")
    with open(f"{d}/large/filler", "wb") as f:
        f.truncate(args.large << 30)
    with subprocess.Popen(["xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-R",
                           f"{d}/large"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as made:
        subprocess.run(["cp", "--sparse=always", "/dev/stdin", f"{d}/large.iso"],
                       stdin=made.stdout, check=True)


def main():
    field.end_orderly()
    d = tempfile.mkdtemp(prefix="tugboot-bench-")
    running = []
    try:
        os.makedirs(f"{d}/tree/boot")
        kernel = b"\0" * 0x1f1 + b"\x04" + b"\0" * 12 + b"\x55\xaa\xeb\x66HdrS\x0f\x02" + b"\0" * 4096
        for name, data in (("boot/vmlinuz", kernel), ("boot/initrd", b"0" * 1000),
                           ("system", os.urandom(args.megabytes << 20))):
            with open(f"{d}/tree/{name}", "wb") as f:
                f.write(data)
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", f"{d}/class.iso",
                        f"{d}/tree"], check=True, capture_output=True)
        own, other = field.free_port(), field.free_port()
        configure(d, own)
        shutil.copy(f"{d}/class.iso", f"{d}/images")
        with open(f"{d}/nginx.conf", "w") as f:
            f.write(NGINX.format(d=d, port=other))
        running.append(field.start_listening([args.tugboot, "serve", "--config", f"{d}/tugboot.yaml"], own))
        running.append(field.start_listening(["nginx", "-c", f"{d}/nginx.conf", "-e", f"{d}/e"], other))
        base = f"http://127.0.0.1:{own}/images"
        wait_for(f"{base}/class/system")
        urls = {"tugboot": f"{base}/class/system", "nginx": f"http://127.0.0.1:{other}/system"}
        rates = {name: [] for name in urls}
        for round_ in range(args.rounds):
            for name in sorted(urls, reverse=round_ % 2 == 0):
                rates[name].append(wrk(urls[name]))
        ratios = [a / b for a, b in zip(rates["tugboot"], rates["nginx"])]
        make_large(d)
        os.rename(f"{d}/large.iso", f"{d}/images/large.iso")
        os.utime(f"{d}/images/large.iso", (time.time() - 60, time.time() - 60))
        appeared = wait_for(f"{base}/large/filler")
        report = {"clients": args.clients, "megabytes": args.megabytes,
                  "rates": {n: statistics.median(v) for n, v in rates.items()},
                  "rate / nginx": [min(ratios), statistics.median(ratios), max(ratios)],
                  "seconds until a large ISO is on offer": appeared}
        if args.json:
            print(json.dumps(report, indent=1))
        else:
            print(f"{args.megabytes} MiB out of an ISO, {args.clients} clients: " + ", ".join(
                f"{n} {r:,.0f} MiB/s" for n, r in report["rates"].items()))
            print("    rate / nginx           " + " / ".join(
                f"{v:.2f}" for v in report["rate / nginx"]) + "  (min/median/max)")
            print(f"an ISO of {args.large} GiB: on offer {appeared:.2f} s after it was put in place")
    finally:
        for process in running:
            field.stop(process)
        shutil.rmtree(d)


main()

#!/usr/bin/env python3
"""What a caching mirror gives out of its cache: tugboot's mirror against nginx with proxy_cache, on
loopback, interleaved, as ratios.

    bench/mirror.py [--tugboot build/tugboot] [--rounds 5] [--seconds 3] [--json]

A large and a small package, to 1 client and to 16. Both have one process that serves, and fetched the
files beforehand from the same server, which then goes away; wrk measures.
"""
import argparse, json, os, re, shutil, statistics, subprocess, sys, tempfile

import field

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--tugboot", default=os.path.join(here, "..", "build", "tugboot"))
args.add_argument("--rounds", type=int, default=5)
args.add_argument("--seconds", type=int, default=3)
args.add_argument("--json", action="store_true")
args = args.parse_args()

for tool in ("nginx", "wrk", "curl"):
    if not shutil.which(tool):
        print(f"skipped: {tool} is not installed")
        sys.exit(77)

COMMON = """
daemon off; master_process on; worker_processes 1; pid {d}/{name}.pid; error_log {d}/{name}.e crit;
worker_rlimit_nofile 65536; user root;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush off; keepalive_requests 1000000000;
  types {{ }} default_type application/octet-stream;
  client_body_temp_path {d}/{name}1; proxy_temp_path {d}/{name}2; fastcgi_temp_path {d}/{name}3;
  uwsgi_temp_path {d}/{name}4; scgi_temp_path {d}/{name}5;
"""
ORIGIN = COMMON + "  server {{ listen 127.0.0.1:{port}; root {d}/tree; }}\n}}\n"
CACHE = COMMON + """
  proxy_cache_path {d}/cache levels=2 keys_zone=packages:8m max_size=4g;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location /mirror/deb/ {{
      proxy_pass http://127.0.0.1:{origin}/; proxy_cache packages; proxy_cache_valid 200 1d;
    }}
  }}
}}
"""
SIZES = {"pool/main/l/large_1_amd64.deb": 32 << 20, "pool/main/s/small_1_amd64.deb": 60000}


def start_nginx(d, name, form, **words):
    with open(f"{d}/{name}.conf", "w") as f:
        f.write(form.format(d=d, name=name, **words))
    return field.start_listening(["nginx", "-c", f"{d}/{name}.conf", "-e", f"{d}/{name}.e"], words["port"])


def start_tugboot(d, port, origin):
    with open(f"{d}/tugboot.yaml", "w") as f:
        json.dump({"interfaces": ["lo"], "state": f"{d}/state", "images": f"{d}/images",
                   "control": f"{d}/control", "user": "", "dhcp": {"mode": "off"},
                   "tftp": {"enabled": False}, "http": {"port": field.free_port()},
                   "https": {"enabled": False}, "altiris": {"enabled": False},
                   "admin": {"enabled": False},
                   "mirror": {"port": port,
                              "upstreams": {"deb": f"http://127.0.0.1:{origin}"}}}, f)
    return field.start_listening([args.tugboot, "serve", "--config", f"{d}/tugboot.yaml"], port)


def get_whole(url, size):
    # curl: http.py beside this file would be taken for Python's own
    got = subprocess.run(["curl", "-sf", "-m", "120", url], check=True, capture_output=True).stdout
    if len(got) != size:
        raise SystemExit(f"{url}: {len(got)} bytes")


def wrk(url, clients):
    """Requests a second."""
    out = subprocess.run(["wrk", "-t", "1", "-c", str(clients), "-d", f"{args.seconds}s",
                          "--timeout", "60s", url], check=True, capture_output=True,
                         text=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{url}: {out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def measure(urls, clients):
    rates = {name: [] for name in urls}
    for round_ in range(args.rounds):
        for name in sorted(urls, reverse=round_ % 2 == 0):
            rates[name].append(wrk(urls[name], clients))
    ratios = [a / b for a, b in zip(rates["tugboot"], rates["nginx"])]
    return {"rates": {n: statistics.median(v) for n, v in rates.items()},
            "rate / nginx": [min(ratios), statistics.median(ratios), max(ratios)]}


def main():
    field.end_orderly()
    d = tempfile.mkdtemp(prefix="tugboot-bench-")
    running, report = [], {}
    try:
        os.chmod(d, 0o755)
        for name, size in SIZES.items():
            os.makedirs(os.path.dirname(f"{d}/tree/{name}"))
            with open(f"{d}/tree/{name}", "wb") as f:
                f.write(os.urandom(size))
        origin, own, other = field.free_port(), field.free_port(), field.free_port()
        first = start_nginx(d, "origin", ORIGIN, port=origin)
        running.append(first)
        running.append(start_nginx(d, "nginx", CACHE, port=other, origin=origin))
        running.append(start_tugboot(d, own, origin))
        for name, size in SIZES.items():
            for port in (own, other):
                get_whole(f"http://127.0.0.1:{port}/mirror/deb/{name}", size)
        running.remove(first)
        field.stop(first)
        for name, size in SIZES.items():
            urls = {"tugboot": f"http://127.0.0.1:{own}/mirror/deb/{name}",
                    "nginx": f"http://127.0.0.1:{other}/mirror/deb/{name}"}
            for clients in (1, 16):
                row = measure(urls, clients)
                report[f"{size} bytes, {clients} clients"] = row
                if args.json:
                    continue
                print(f"{size / (1 << 20):6.2f} MiB, {clients:2} clients: " + ", ".join(
                    f"{n} {r:,.0f}/s ({r * size / (1 << 20):,.0f} MiB/s)"
                    for n, r in row["rates"].items()) + "; rate / nginx " + " / ".join(
                        f"{v:.2f}" for v in row["rate / nginx"]) + "  (min/median/max)", flush=True)
        if args.json:
            print(json.dumps(report, indent=1))
    finally:
        for process in running:
            field.stop(process)
        shutil.rmtree(d)


main()

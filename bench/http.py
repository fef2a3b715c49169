#!/usr/bin/env python3
"""HTTP and HTTPS against nginx on this machine, interleaved, as ratios.

    bench/http.py [--serve build/bench/http_serve] [--rounds 5] [--seconds 4] [--only http|https] [--json]

Both serve one folder on loopback with two workers, sendfile on; nginx with tcp_nopush on and off.
wrk measures; each round asks all of them in turn, so that what the machine does besides hits all
alike. A ratio is tugboot over nginx of the same round: min, median, max. CPU is user and system
time of the server's processes per request. HTTPS: both with one RSA key (2048 bits) and one of
P-256, of the same CA; wrk takes TLS 1.3 with P-256, and by a new connection each the full handshake.
Full handshakes by RSA, which is what firmware has, are counted by openssl s_time.
"""
import argparse, json, os, re, resource, shutil, signal, socket, statistics, subprocess, sys
import tempfile, time

import field

here = os.path.dirname(os.path.abspath(__file__))
args = argparse.ArgumentParser()
args.add_argument("--serve", default=os.path.join(here, "..", "build", "bench", "http_serve"))
args.add_argument("--rounds", type=int, default=5)
args.add_argument("--seconds", type=int, default=4)
args.add_argument("--slow", type=int, default=5000)
args.add_argument("--only-memory", action="store_true")
args.add_argument("--only", choices=("http", "https"))
args.add_argument("--json", action="store_true")
args = args.parse_args()

for tool in ("nginx", "wrk"):
    if not shutil.which(tool):
        print(f"skipped: {tool} is not installed")
        sys.exit(77)

# name, file, connections, new connection each
WORK = [
    ("10 MiB, 1 client", "big", 1, False),
    ("10 MiB, 16 clients", "big", 16, False),
    ("10 MiB, 200 clients", "big", 200, False),
    ("4 KiB kept alive, 50 clients", "small", 50, False),
    ("4 KiB new connection each, 50 clients", "small", 50, True),
]

# name, file, connections, new connection each
HTTPS_WORK = [
    ("HTTPS 10 MiB, 1 client", "big", 1, False),
    ("HTTPS 10 MiB, 16 clients", "big", 16, False),
    ("HTTPS 4 KiB kept alive, 50 clients", "small", 50, False),
    ("HTTPS 4 KiB, full handshake each, 50 clients", "small", 50, True),
]
HANDSHAKES = [
    ("HTTPS full handshakes, TLS 1.2 ECDHE-RSA", ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]),
    ("HTTPS full handshakes, TLS 1.2 RSA key exchange", ["-tls1_2", "-cipher", "AES128-GCM-SHA256"]),
]

NGINX = """
daemon off; master_process on; worker_processes 2; pid {d}/nginx-{name}.pid; error_log {d}/e crit;
worker_rlimit_nofile 65536; user root;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush {nopush}; keepalive_requests 1000000000;
  types {{ }} default_type application/octet-stream;
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3;
  uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  server {{ listen 127.0.0.1:{port} {ssl} reuseport backlog=4096; root {d}/files; {certificates} }}
}}
"""
CERTIFICATES = """
  ssl_certificate {d}/keys/rsa.pem; ssl_certificate_key {d}/keys/rsa.key;
  ssl_certificate {d}/keys/ec.pem; ssl_certificate_key {d}/keys/ec.key;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL; ssl_prefer_server_ciphers off;
"""


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(x) for x in f.read().split()]


class Server:
    def __init__(self, name, command, port, scheme="http"):
        self.name, self.port, self.scheme = name, port, scheme
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=field.follow_parent())
        if port is None:
            self.port = int(self.process.stdout.readline().split()[1])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        self.pids = [self.process.pid] + children(self.process.pid)

    def cpu(self):
        sum_ = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            sum_ += int(fields[11]) + int(fields[12])
        return sum_ / os.sysconf("SC_CLK_TCK")

    def rss(self):
        """Memory of its own: shared pages of the program counted once, by share (Pss)."""
        sum_ = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                sum_ += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
        return sum_ * 1024

    def files(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.pids)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def wrk(server, file, clients, fresh, seconds):
    command = ["wrk", "-t", str(min(2, clients)), "-c", str(clients), "-d", f"{seconds}s"]
    if fresh:
        command += ["-H", "Connection: close"]
    before = server.cpu()
    out = subprocess.run(command + [f"{server.scheme}://127.0.0.1:{server.port}/{file}"], check=True,
                         capture_output=True, text=True).stdout
    cpu = server.cpu() - before
    bad = re.search(r"Socket errors: (.*)|Non-2xx.*: (\d+)", out)
    if bad and "read 0, write 0, timeout 0" not in bad.group(0) and not fresh:
        print(f"  {server.name}: {bad.group(0)}", file=sys.stderr)
    requests = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    count = int(re.search(r"(\d+) requests in", out).group(1))
    return requests, cpu / max(count, 1)


def spread(values):
    return min(values), statistics.median(values), max(values)


def handshakes(server, words, seconds):
    """By two processes of s_time: connections a second, and processor time of each."""
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-new", "-time",
               str(seconds)] + words
    before, begun = server.cpu(), time.monotonic()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                preexec_fn=field.follow_parent())
               for _ in range(2)]
    count = sum(int(re.search(r"(\d+) connections in \d+ real", p.communicate()[0]).group(1))
                for p in running)
    return count / (time.monotonic() - begun), (server.cpu() - before) / max(count, 1)


def measure_https(servers, report):
    rows = [(w, lambda s, w=w: wrk(s, w[1], w[2], w[3], args.seconds)) for w in HTTPS_WORK]
    rows += [((name, "small"), lambda s, words=words: handshakes(s, words, args.seconds))
             for name, words in HANDSHAKES]
    for work, run in rows:
        got = {s.name: [] for s in servers}
        for round_ in range(args.rounds):
            for s in servers if round_ % 2 else servers[::-1]:
                got[s.name].append(run(s))
        unit = 10.485760 if work[1] == "big" else 1
        row = {"work": work[0], "rates": {n: statistics.median(r for r, _ in v) * unit
                                          for n, v in got.items()}}
        for key, at in (("rate", 0), ("cpu", 1)):
            row[f"{key} / nginx"] = spread(
                [a[at] / b[at] for a, b in zip(got["tugboot"], got["nginx"])])
        report.append(row)
        show(row, "MB/s" if work[1] == "big" else "req/s")


def measure(servers, report):
    for name, file, clients, fresh in WORK:
        got = {s.name: [] for s in servers}
        for round_ in range(args.rounds):
            order = servers[round_ % len(servers):] + servers[:round_ % len(servers)]
            for s in order:
                got[s.name].append(wrk(s, file, clients, fresh, args.seconds))
        unit = 10.485760 if file == "big" else 1
        row = {"work": name, "rates": {n: statistics.median(r for r, _ in v) * unit
                                       for n, v in got.items()}}
        for other in ("nginx", "nginx nopush"):
            row[f"rate / {other}"] = spread(
                [a[0] / b[0] for a, b in zip(got["tugboot"], got[other])])
            row[f"cpu / {other}"] = spread(
                [a[1] / b[1] for a, b in zip(got["tugboot"], got[other])])
        report.append(row)
        show(row, "MB/s" if file == "big" else "req/s")


def show(row, unit):
    if args.json:
        return
    print(f"{row['work']}: " + ", ".join(f"{n} {r:,.0f} {unit}" for n, r in row["rates"].items()))
    for key, value in row.items():
        if "/" in key:
            print(f"    {key:22} " + " / ".join(f"{v:.2f}" for v in value) + "  (min/median/max)")
    sys.stdout.flush()


def slow_memory(server, kind):
    """Growth of memory by --slow connections that send half a head, or read nothing."""
    idle = server.rss()
    held = []
    for i in range(args.slow):
        c = socket.socket()
        if kind == "reading":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.connect(("127.0.0.1", server.port))
        if kind == "reading":
            c.sendall(b"GET /big HTTP/1.1\r\nHost: t\r\n\r\n")
        elif kind == "half a head":
            c.sendall(b"GET /big HTTP/1.1\r\nHost:")
        elif kind == "kept alive":
            c.sendall(b"HEAD /small HTTP/1.1\r\nHost: t\r\n\r\n")
            c.recv(4096)
        held.append(c)
    files = -1
    for _ in range(30):  # until all of them are where they stay
        before, files = files, server.files()
        if before == files:
            break
        time.sleep(1.0)
    used = server.rss()
    for c in held:
        c.close()
    time.sleep(1.0)
    return used, used - idle


def main():
    field.end_orderly()
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    d = tempfile.mkdtemp(prefix="tugboot-bench-")
    report, servers = [], []
    try:
        os.mkdir(f"{d}/files")
        for name, size in (("big", 10 << 20), ("small", 4096)):
            with open(f"{d}/files/{name}", "wb") as f:
                f.write(os.urandom(size))

        def make_keys():
            os.mkdir(f"{d}/keys")
            for kind, how in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt",
                                                             "ec_paramgen_curve:P-256"])):
                subprocess.run(["openssl", "req", "-x509", "-newkey", *how, "-nodes", "-days", "9",
                                "-subj", "/CN=127.0.0.1", "-keyout", f"{d}/keys/{kind}.key", "-out",
                                f"{d}/keys/{kind}.pem"], check=True, capture_output=True)

        def start_https():
            port, conf = field.free_port(), f"{d}/https.conf"
            with open(conf, "w") as f:
                f.write(NGINX.format(d=d, name="https", nopush="off", port=port, ssl="ssl",
                                     certificates=CERTIFICATES.format(d=d)))
            return [Server("tugboot", [args.serve, f"{d}/files", "127.0.0.1", "0", "lanes", "2", "tls",
                                       f"{d}/keys"], None, "https"),
                    Server("nginx", ["nginx", "-c", conf, "-e", f"{d}/e"], port, "https")]

        def start():
            list_ = [Server("tugboot", [args.serve, f"{d}/files", "127.0.0.1", "0", "lanes", "2",
                                        "head-ms", "120000"], None)]
            for name, nopush in (("nginx", "off"), ("nginx nopush", "on")):
                port = field.free_port()
                conf = f"{d}/{nopush}.conf"
                with open(conf, "w") as f:
                    f.write(NGINX.format(d=d, name=nopush, nopush=nopush, port=port, ssl="",
                                         certificates=""))
                list_.append(Server(name, ["nginx", "-c", conf, "-e", f"{d}/e"], port))
            return list_

        if not args.only_memory and args.only != "https":
            servers = start()
            measure(servers, report)
            for s in servers:
                s.stop()
        if not args.only_memory and args.only != "http":
            make_keys()
            servers = start_https()
            measure_https(servers, report)
            for s in servers:
                s.stop()
        for kind in () if args.only == "https" else ("kept alive", "half a head", "reading"):
            servers = start()[:2]
            row = {"work": f"{args.slow} connections, {kind}", "bytes": {}}
            for s in servers:
                row["bytes"][s.name] = slow_memory(s, kind)
            for s in servers:
                s.stop()
            row["memory / nginx"] = row["bytes"]["tugboot"][0] / row["bytes"]["nginx"][0]
            report.append(row)
            if not args.json:
                print(row["work"] + ": " + ", ".join(
                    f"{n} {u / 1048576:.1f} MiB (+{g / args.slow:.0f} B each)"
                    for n, (u, g) in row["bytes"].items())
                    + f"; ratio {row['memory / nginx']:.2f}")
        servers = []
    finally:
        for s in servers:
            s.process.poll() is None and s.stop()
        shutil.rmtree(d)
    if args.json:
        print(json.dumps(report, indent=1))


main()

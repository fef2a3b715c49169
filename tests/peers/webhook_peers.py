#!/usr/bin/env python3
"""Webhooks of a real daemon, taken by a real HTTP server that checks every signature by itself: retries,
a receiver that is away while the daemon restarts, redirections, foreign addresses, TLS, and the
receiver that stands in the guide. TAP lines on standard output.
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

PORT, TLS_PORT, GUIDE_PORT, SLOW_PORT = 8091, 8092, 8093, 8094


def receive(argv):
    """In the server's namespace: answer with the statuses of a file, one a line, taken from its top (204
    when it is empty), and write down what came."""
    plan, log, port = argv[0], argv[1], int(argv[2])
    lock = threading.Lock()

    class Receiver(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                with open(plan, encoding="ascii") as file:
                    statuses = file.read().split()
                with open(plan, "w", encoding="ascii") as file:
                    file.write("\n".join(statuses[1:]))
                status = statuses[0] if statuses else "204"
                is_held, status = status.endswith("h"), int(status.rstrip("h"))
                row = {"path": self.path, "status": status, "body": body.decode(),
                       "agent": self.headers["User-Agent"], "type": self.headers["Content-Type"]}
                for name in ("id", "timestamp", "signature"):
                    row[name] = self.headers["webhook-" + name]
                with open(log, "a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            while is_held and os.path.exists(plan + ".hold"):
                time.sleep(0.05)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    if len(argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if sys.argv[1:2] == ["--receive"]:
    receive(sys.argv[2:])
    sys.exit(0)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Tap, check  # noqa: E402


def wait_for(what, words, seconds=30):
    until = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        check(time.monotonic() < until, words() if callable(words) else words)
        time.sleep(0.05)


class Receiver:
    def __init__(self, bench, name, port, pem=None):
        self.bench, self.port, self.pem = bench, port, pem
        self.plan, self.log = bench.lab.path(name + ".plan"), bench.lab.path(name + ".log")
        self.process = None
        for path in (self.plan, self.log):
            open(path, "w", encoding="ascii").close()

    def start(self):
        words = [self.plan, self.log, str(self.port)] + ([self.pem] if self.pem else [])
        self.process = self.bench.lab.start(self.bench.lab.server, "receiver%d" % self.port,
                                            sys.executable, os.path.abspath(__file__), "--receive",
                                            *words)
        wait_for(lambda: self.bench.lab.run(self.bench.lab.server, "bash", "-c",
                                            "exec 3<>/dev/tcp/127.0.0.1/%d" % self.port)[0] == 0,
                 lambda: self.process.text())

    def stop(self):
        self.process.stop()

    def will_answer(self, *statuses):
        with open(self.plan, "w", encoding="ascii") as file:
            file.write("\n".join(str(status) for status in statuses))

    def hold(self, status):
        """The next one is written down, and answered so when release() says."""
        open(self.plan + ".hold", "w", encoding="ascii").close()
        self.will_answer("%dh" % status)

    def release(self):
        os.unlink(self.plan + ".hold")

    def rows(self):
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().splitlines()]

    def taken(self):
        return [row for row in self.rows() if row["status"] == 204]


class Bench:
    def __init__(self, lab):
        self.lab = lab
        self.secret = lab.path("hook.secret")
        hook = {"name": "chat", "url": "http://127.0.0.1:%d/hook?key=hidden" % PORT,
                "events": ["SERVER_RELOADED", "SERVER_STARTED", "WEBHOOK_*"],
                "secret-file": self.secret}
        self.hooks = [hook]
        with open(self.secret, "w", encoding="ascii") as file:
            program = os.environ.get("TUGBOOT") or os.path.join(ROOT, "build/tugboot")
            subprocess.run([program, "webhook", "secret"], stdout=file, check=True)
        os.chmod(self.secret, 0o644)
        self.server = servers.Tugboot(lab, "proxy", {"webhooks": self.hooks})
        with open(self.secret, encoding="ascii") as file:
            self.key = base64.b64decode(file.read().strip()[len("whsec_"):])
        self.receiver = Receiver(self, "chat", PORT)

    def configure(self):
        self.server.write_config({"webhooks": self.hooks})
        self.server.tool("reload")

    def hook(self, name="chat"):
        rows = json.loads(self.server.tool("webhook", "list", "--json"))["webhooks"]
        return [row for row in rows if row["name"] == name][0]

    def check_signature(self, row):
        signed = ("%s.%s." % (row["id"], row["timestamp"])).encode() + row["body"].encode()
        want = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        check(row["signature"] == "v1," + want, row)
        check(abs(time.time() - int(row["timestamp"])) < 120, row)
        check(row["type"] == "application/json" and row["agent"].startswith("tugboot/"), row)


def delivers(bench):
    bench.receiver.start()
    bench.server.start()
    row = wait_for(bench.receiver.taken, "nothing came")[0]
    bench.check_signature(row)
    event = json.loads(row["body"])
    check(event["event"] == "SERVER_STARTED" and row["path"] == "/hook?key=hidden", row)
    shown = bench.server.tool("webhook", "list")
    check("chat" in shown and "works" in shown and "hidden" not in shown, shown)


def tests(bench):
    said = bench.server.tool("webhook", "test", "chat")
    check("chat has taken the test" in said, said)
    row = bench.receiver.taken()[-1]
    check(json.loads(row["body"])["event"] == "WEBHOOK_TEST", row)
    status, said = bench.lab.run(bench.lab.server, bench.server.program, "webhook", "test", "none",
                                 "--config", bench.server.config)
    check(status != 0 and "No webhook has this name" in said, said)


def tries_again(bench):
    """Two refusals, then it is taken: once, with one id, and signed anew each time."""
    before = len(bench.receiver.rows())
    bench.receiver.will_answer(500, 503)
    bench.server.tool("reload")
    wait_for(lambda: len(bench.receiver.rows()) > before, "nothing came")
    hook = wait_for(lambda: bench.hook()["state"] == "failing" and bench.hook(), "it does not fail")
    check(hook["waiting"] >= 1 and "500" in hook["reason"] and "next_try" in hook, hook)
    rows = wait_for(lambda: [r for r in bench.receiver.rows()[before:] if r["status"] == 204] and
                    bench.receiver.rows()[before:], lambda: str(bench.hook()), 60)
    check([row["status"] for row in rows[:3]] == [500, 503, 204], rows)
    check(len({row["id"] for row in rows[:3]}) == 1, rows)
    for row in rows:
        bench.check_signature(row)
    wait_for(lambda: bench.hook()["waiting"] == 0, "something waits")
    events = bench.server.tool("events", "--json")
    check("WEBHOOK_FAILING" in events and "WEBHOOK_RECOVERED" in events, "it is not told")


def sends_all_after_a_restart(bench):
    """The receiver is away, and the daemon restarts meanwhile: everything comes, in order, once."""
    bench.receiver.stop()
    before = len(bench.receiver.rows())
    for _ in range(3):
        bench.server.tool("reload")
    wait_for(lambda: bench.hook()["waiting"] == 3 and bench.hook()["state"] == "failing",
             lambda: str(bench.hook()))
    check(bench.server.stop() == 0, "exit status")
    bench.server.start()
    wait_for(lambda: bench.hook()["waiting"] == 4, lambda: str(bench.hook()))
    bench.receiver.start()
    bench.lab.run(bench.lab.server, bench.server.program, "webhook", "test", "chat", "--config",
                  bench.server.config)
    rows = wait_for(lambda: len(bench.receiver.rows()) >= before + 5 and
                    bench.receiver.rows()[before:], lambda: str(bench.hook()))
    names = [json.loads(row["body"])["event"] for row in rows]
    check(names == ["SERVER_RELOADED"] * 3 + ["SERVER_STARTED", "WEBHOOK_TEST"], names)
    sequences = [json.loads(row["body"])["sequence"] for row in rows]
    check(sequences == sorted(set(sequences)), sequences)
    check(len({row["id"] for row in rows}) == 5, rows)
    for row in rows:
        bench.check_signature(row)
    check(bench.server.stop() == 0, "exit status")
    bench.server.start()
    wait_for(lambda: len(bench.receiver.rows()) >= before + 6, "the second start is not told")
    wait_for(lambda: bench.hook()["waiting"] == 0, "something waits")
    again = [json.loads(row["body"])["event"] for row in bench.receiver.rows()[before + 5:]]
    check(again == ["SERVER_STARTED"], again)


def keeps_hooks_apart_over_a_reload(bench):
    """A hook is taken out while its message is on its way, and the next one moves to its place: what
    the first one's receiver says then is not taken for the other's."""
    slow = Receiver(bench, "slow", SLOW_PORT)
    slow.start()
    slow.hold(204)
    chat = bench.hooks.pop()
    bench.hooks += [dict(chat, name="slow", url="http://127.0.0.1:%d/" % SLOW_PORT), chat]
    bench.configure()
    bench.server.tool("reload")
    wait_for(slow.rows, "the slow one was not asked")
    wait_for(lambda: bench.hook()["waiting"] == 0, lambda: str(bench.hook()))
    before = len(bench.receiver.rows())
    bench.receiver.hold(500)
    del bench.hooks[0]
    bench.configure()
    wait_for(lambda: len(bench.receiver.rows()) > before, "nothing came")
    delivered = bench.hook()["delivered"]
    slow.release()
    time.sleep(1)  # for news that nobody is to act upon
    check(bench.hook()["delivered"] == delivered, bench.hook())
    bench.receiver.release()
    refused = bench.receiver.rows()[before]
    wait_for(lambda: refused["id"] in [row["id"] for row in bench.receiver.taken()],
             lambda: str(bench.hook()), 60)
    wait_for(lambda: bench.hook()["waiting"] == 0, "something waits")
    slow.stop()


def follows_nobody(bench):
    bench.receiver.will_answer(302)
    status, said = bench.lab.run(bench.lab.server, bench.server.program, "webhook", "test", "chat",
                                 "--config", bench.server.config)
    check(status != 0 and "not followed" in said, said)
    check(not [row for row in bench.receiver.rows() if row["path"] == "/elsewhere"], "followed")
    wait_for(lambda: bench.hook()["state"] == "works", lambda: str(bench.hook()), 60)


def keeps_away_from(bench):
    """A name that leads to the metadata service or, unasked, to this machine."""
    names = bench.lab.path("hosts")
    with open("/etc/hosts", encoding="utf-8") as file:
        text = file.read()
    with open(names, "w", encoding="utf-8") as file:
        file.write(text + "\n169.254.169.254 metadata.example\n127.0.0.1 sly.example\n")
    for name, url, words in (("metadata", "http://metadata.example/", "metadata service"),
                             ("sly", "http://sly.example:%d/" % PORT, "this machine itself"),
                             ("plain", "http://169.254.169.254/latest", "metadata service")):
        bench.hooks.append({"name": name, "url": url, "events": ["WEBHOOK_TEST"],
                            "secret-file": bench.secret})
        before = len(bench.receiver.rows())
        bench.server.write_config({"webhooks": bench.hooks})
        check(bench.server.stop() == 0, "exit status")
        bench.lab.run(bench.lab.server, "true")
        start_with_hosts(bench, names)
        status, said = bench.lab.run(bench.lab.server, bench.server.program, "webhook", "test",
                                     name, "--config", bench.server.config)
        check(status != 0 and words in said, said)
        got = [row for row in bench.receiver.rows()[before:] if row["path"] in ("/", "/latest")]
        check(not got, got)
        bench.hooks.pop()
    bench.configure()


def start_with_hosts(bench, names):
    """With another /etc/hosts, in a mount namespace of the daemon's own."""
    bench.server.process = bench.lab.start(
        bench.lab.server, "tugboot", "unshare", "-m", "sh", "-c",
        'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh", names, bench.server.program,
        "serve", "--config", bench.server.config)
    wait_for(lambda: os.path.exists(bench.server.control), "it does not start")
    wait_for(lambda: bench.lab.run(bench.lab.server, bench.server.program, "status", "--config",
                                   bench.server.config)[0] == 0, bench.server.process.text)


def speaks_tls(bench):
    pem, ca = bench.lab.path("pair.pem"), bench.lab.path("ca.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", pem, "-out", ca, "-days", "2",
                    "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                   stderr=subprocess.DEVNULL)
    with open(pem, "a", encoding="ascii") as out, open(ca, encoding="ascii") as file:
        out.write(file.read())
    os.chmod(ca, 0o644)
    receiver = Receiver(bench, "tls", TLS_PORT, pem)
    receiver.start()
    hook = {"name": "tls", "url": "https://127.0.0.1:%d/" % TLS_PORT, "events": ["BOOT_DONE"],
            "secret-file": bench.secret}
    bench.hooks.append(hook)
    bench.configure()
    status, said = bench.lab.run(bench.lab.server, bench.server.program, "webhook", "test", "tls",
                                 "--config", bench.server.config)
    check(status != 0 and "certificate" in said.lower(), said)
    hook["ca"] = ca
    bench.server.write_config({"webhooks": bench.hooks})
    check(bench.server.stop() == 0, "exit status")  # the file is one it may not have read before
    bench.server.start()
    bench.server.tool("webhook", "test", "tls")
    rows = wait_for(receiver.taken, "nothing came")
    for row in rows:
        bench.check_signature(row)
    receiver.stop()


def forgets_what_is_taken_out(bench):
    bench.hooks[:] = bench.hooks[:1]
    bench.hooks[0]["secret-file"] = bench.lab.path("none.secret")
    bench.configure()
    hook = wait_for(lambda: bench.hook()["state"] == "failing" and bench.hook(),
                    "it works without its secret")
    check("none.secret" in hook["reason"], hook)
    kept = bench.hooks.pop()
    bench.configure()
    shown = bench.server.tool("webhook", "list")
    check("there is no webhook" in shown, shown)
    kept["secret-file"] = bench.secret
    bench.hooks.append(kept)
    before = len(bench.receiver.rows())
    bench.configure()
    bench.server.tool("webhook", "test", "chat")
    names = [json.loads(row["body"])["event"] for row in bench.receiver.rows()[before:]]
    check(names[-1] == "WEBHOOK_TEST" and len(names) <= 2, names)


def receiver_of_the_guide(bench):
    with open(os.path.join(ROOT, "docs/guide/webhooks.md"), encoding="utf-8") as file:
        program = re.search(r"```python\n(.*?)```", file.read(), re.S)[1]
    path = bench.lab.path("receiver.py")
    with open(path, "w", encoding="utf-8") as out:
        out.write(program)
    process = bench.lab.start(bench.lab.server, "guide", sys.executable, path, bench.secret,
                              str(GUIDE_PORT))
    url = "http://127.0.0.1:%d/" % GUIDE_PORT
    wait_for(lambda: bench.lab.run(bench.lab.server, "bash", "-c",
                                   "exec 3<>/dev/tcp/127.0.0.1/%d" % GUIDE_PORT)[0] == 0,
             process.text)
    bench.hooks.append({"name": "guide", "url": url, "events": ["all"],
                        "secret-file": bench.secret})
    bench.configure()
    bench.server.tool("webhook", "test", "guide")
    wait_for(lambda: "a test of webhook guide" in process.text(), process.text)
    _, status = bench.lab.run(bench.lab.server, "curl", "-s", "-o", "/dev/null", "-w",
                              "%{http_code}", "-d", "{}", "-H", "webhook-id: msg_x", "-H",
                              "webhook-timestamp: %d" % time.time(), "-H",
                              "webhook-signature: v1,AAAA", url)
    check(status.strip() == "401", status)
    process.stop()


def shows_metrics(bench):
    text = bench.lab.run(bench.lab.server, "curl", "-s", "--unix-socket", bench.server.control,
                         "http://x/api/v1/metrics")[1]
    check(re.search(r'^tugboot_webhook_delivered_total{webhook="chat"} [1-9]', text, re.M), text)
    check('tugboot_webhook_waiting{webhook="chat"} ' in text, text)


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-hook-") as folder, \
            lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755)
        bench = Bench(lab)
        for case in (delivers, tests, tries_again, sends_all_after_a_restart,
                     keeps_hooks_apart_over_a_reload, follows_nobody, keeps_away_from, speaks_tls,
                     forgets_what_is_taken_out, receiver_of_the_guide, shows_metrics):
            tap.case(case.__name__.replace("_", " "), case, bench)
        tap.case("an orderly end", lambda: check(bench.server.stop() == 0, "exit status"))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

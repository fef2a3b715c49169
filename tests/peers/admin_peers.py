#!/usr/bin/env python3
"""The dashboard's listener and access to it, with curl as the browser: links, accounts, cookies,
tokens, TLS, redirects, other sites, a reverse proxy, slow and greedy clients; every route against
every kind of caller; and the commands, from a machine elsewhere. TAP lines on standard output.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

PORT = 8067
API = "/api/v1"
PASSWORD = "correct horse"


def ask_many():
    """In the server's namespace: requests as JSON on standard input, their statuses and codes out.
    One connection for all."""
    asked = json.load(sys.stdin)
    connection, replies = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20), []
    for method, path, fields, body in asked:
        connection.request(method, path, body=body, headers=fields)
        reply = connection.getresponse()
        text = reply.read()
        try:
            code = json.loads(text).get("code", "") if text else ""
        except ValueError:
            code = ""
        replies.append([reply.status, code])
    json.dump(replies, sys.stdout)


if sys.argv[1:] == ["--ask"]:
    ask_many()
    sys.exit(0)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Tap, check  # noqa: E402


class Reply:
    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1])
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()

    def json(self):
        return json.loads(self.body)


class Page:
    """A daemon, and browsers that visit it."""

    def __init__(self, lab, settings):
        self.lab = lab
        self.server = servers.Tugboot(lab, "proxy", settings).start()
        self.jars = 0

    def stop(self):
        return self.server.stop()

    def curl(self, path, *words, where="http://127.0.0.1:%d" % PORT, space=None):
        status, text = self.lab.run(space or self.lab.server, "curl", "-sS", "-i", "-m", "10",
                                    "--http1.1", *words, where + path)
        check(status == 0, "curl %s: %d %s" % (path, status, text))
        while text.startswith("HTTP/1.1 100"):
            text = text.partition("\r\n\r\n")[2]
        return Reply(text)

    def post(self, path, value, *words, method="POST", **more):
        return self.curl(path, "-X", method, "-H", "Content-Type: application/json", "-d",
                         json.dumps(value), *words, **more)

    def tool(self, *words):
        return self.server.tool(*words)

    def link(self):
        url = self.tool("login-link").strip()
        return re.search(r"#link=([a-z2-7]+)$", url)[1]

    def jar(self):
        self.jars += 1
        return self.lab.path("jar%d" % self.jars)


class Browser:
    """Somebody with cookies, who has signed in."""

    def __init__(self, page, words, **more):
        self.page, self.more = page, more
        self.jar = page.jar()
        self.reply = page.post(API + "/session", words, "-c", self.jar, **more)
        self.csrf = self.reply.json().get("csrf", "") if self.reply.status == 201 else ""

    def get(self, path, *words):
        return self.page.curl(path, "-b", self.jar, *words, **self.more)

    def send(self, method, path, value, *words):
        reply = self.page.post(API + path, value, "-b", self.jar, "-c", self.jar, "-H",
                               "X-CSRF-Token: " + self.csrf, *words, method=method, **self.more)
        return reply

    def cookie(self):
        with open(self.jar, encoding="ascii") as jar:
            rows = [line.split() for line in jar if "tugboot" in line]
        return rows[0][-2:]


# --- cases

def pages_without_signing_in(page):
    """The page and its files are there for everybody; what they show is not."""
    reply = page.curl("/")
    check(reply.status == 200 and "text/html" in reply.fields["content-type"], reply.fields)
    policy = reply.fields["content-security-policy"]
    check("default-src 'self'" in policy and "frame-ancestors 'none'" in policy, policy)
    check(reply.fields["x-content-type-options"] == "nosniff", reply.fields)
    check("unsafe" not in policy, policy)
    again = page.curl("/", "-H", "If-None-Match: " + reply.fields["etag"])
    check(again.status == 304 and not again.body, again.status)
    for path in re.findall(r'(?:href|src)="(/assets/[^"]+)"', reply.body):
        check(page.curl(path).status == 200, path)
    check(page.curl("/machines/node1").status == 200, "a view's own address")
    check(page.curl("/assets/nothing.mjs").status == 404, "a file that is not there")
    check(page.curl(API + "/status").status == 401, "status for nobody")
    check(page.curl(API + "/session").json()["signed_in"] is False, "signed in by itself")


def no_boot_route_here(page):
    for path in ("/boot.ipxe", "/ipxe.efi", "/autoexec.ipxe", "/assets/boot.ipxe"):
        check(page.curl(path).status == 404, path)
    page_itself = page.curl("/").body
    for path in ("/loaders/ipxe/ipxe.efi", "/images/x/y.iso", "/grub/grub.cfg"):
        check(page.curl(path).body == page_itself, path)
    boot = page.curl(API + "/status", where="http://192.168.77.1:80")
    check(boot.status == 404, "the API on a boot listener: %d" % boot.status)


def first_start(page):
    """The link of the first screen, the first account, and then no link any more."""
    found = re.search(r"http://192\.168\.77\.1:8067/sign-in#link=([a-z2-7]{32})",
                      page.server.events())
    check(found, page.server.events())
    first = Browser(page, {"link": found[1]})
    check(first.reply.status == 201 and first.reply.json()["role"] == "admin", first.reply.body)
    check(page.post(API + "/session", {"link": found[1]}).status == 401, "a link twice")
    cookie = first.reply.fields["set-cookie"]
    for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
        check(word in cookie, cookie)
    check("Secure" not in cookie, cookie)
    check(first.send("POST", "/setup", {"name": "ann", "password": "short"}).status == 422, "short")
    reply = first.send("POST", "/setup", {"name": "ann", "password": PASSWORD})
    check(reply.status == 201 and reply.json()["name"] == "ann", reply.body)
    check(first.get(API + "/status").status == 200, "the session goes on as ann's")
    check(page.post(API + "/setup", {"name": "eve", "password": PASSWORD}).status == 401, "again")
    page.stop()
    page.server.start()
    check("#link=" not in page.server.events().rsplit("tugboot 0", 1)[-1], "a link all the same")
    check(first.get(API + "/status").status == 200, "the session ended with the daemon")


def passwords(page):
    ann = Browser(page, {"name": "ann", "password": PASSWORD})
    check(ann.reply.status == 201 and ann.reply.json()["role"] == "admin", ann.reply.body)
    for words in ({"name": "ann", "password": "wrong"}, {"name": "eve", "password": PASSWORD}):
        reply = page.post(API + "/session", words)
        check(reply.status == 403 and reply.json()["code"] == "wrong-password", reply.body)
    check(ann.send("PUT", "/users/bob", {"role": "operator", "password": PASSWORD}).status == 200,
          "no account for bob")
    bob = Browser(page, {"name": "bob", "password": PASSWORD})
    check(bob.get(API + "/machines").status == 200, "bob sees no machines")
    check(bob.get(API + "/users").status == 403, "bob sees users")
    check(bob.send("POST", "/reload", {}).status == 403, "bob reloads")
    check(ann.send("PUT", "/users/bob", {"role": "viewer"}).status == 200, "bob stays operator")
    check(bob.send("POST", "/hosts/x/wake", {}).status == 403, "a role taken away is still there")
    check(ann.send("DELETE", "/users/bob", {}).status == 204, "bob stays")
    check(bob.get(API + "/machines").status == 401, "a removed account's session")
    check(ann.send("DELETE", "/session", {}).status == 204, "signing out")
    check(ann.get(API + "/status").status == 401, "signed out and still in")


def guessing_waits(page):
    """From one address five wrong tries, then 429 with Retry-After; the right one, too, waits."""
    mask = ("--interface", "127.0.0.9")
    for _ in range(5):
        page.post(API + "/session", {"name": "cat", "password": "wrong"}, *mask)
    reply = page.post(API + "/session", {"name": "ann", "password": PASSWORD}, *mask)
    check(reply.status == 429 and 0 < int(reply.fields["retry-after"]) <= 10, reply.fields)
    check("wait" in reply.json()["detail"], reply.body)
    check(page.post(API + "/session", {"name": "ann", "password": PASSWORD}).status == 201,
          "another address waits, too")


def other_sites(page):
    """Foreign names, pages of other sites, writes without the token."""
    ann = Browser(page, {"name": "ann", "password": PASSWORD})
    for host, status in (("evil.example", 421), ("evil.example:8067", 421), ("localhost", 200),
                         ("192.168.77.1:8067", 200), ("[::1]:8067", 200), ("boot.example", 200)):
        reply = page.curl("/", "-H", "Host: " + host)
        check(reply.status == status, "%s: %d" % (host, reply.status))
    check(ann.get(API + "/status", "-H", "Sec-Fetch-Site: cross-site").status == 403, "cross-site")
    check(ann.send("POST", "/reload", {}, "-H", "Origin: http://evil").status == 403, "Origin")
    ann.csrf = "x" * 32
    reply = ann.send("POST", "/reload", {})
    check(reply.status == 403 and reply.json()["code"] == "csrf", reply.body)
    reply = page.curl(API + "/session", "-X", "POST", "-H", "Content-Type: text/plain", "-d",
                      json.dumps({"name": "ann", "password": PASSWORD}))
    check(reply.status == 415, "signed in by a form: %d" % reply.status)
    check("access-control-allow-origin" not in page.curl(
        API + "/session", "-H", "Origin: http://evil").fields, "CORS")


def tls_on_the_same_port(page):
    """https:// by tugboot's own CA, with a cookie that is bound to it."""
    ca = page.lab.path("ca.pem")
    page.tool("ca", "export", "--output", ca)
    where, words = "https://192.168.77.1:%d" % PORT, {"name": "ann", "password": PASSWORD}
    jar = page.jar()
    reply = page.post(API + "/session", words, "--cacert", ca, "-c", jar, where=where)
    check(reply.status == 201 and reply.json()["secure"] is True, reply.body)
    check("__Host-tugboot=" in reply.fields["set-cookie"] and "Secure" in
          reply.fields["set-cookie"], reply.fields)
    check(page.curl(API + "/status", "--cacert", ca, "-b", jar, where=where).status == 200, "TLS")
    value = re.search(r"__Host-tugboot=([a-z2-7]+)", reply.fields["set-cookie"])[1]
    check(page.curl(API + "/status", "-H", "Cookie: tugboot=" + value).status == 401,
          "the cookie of TLS in the clear")
    reply = page.curl("/assets/app.mjs", "--cacert", ca, "--compressed", where=where)
    check(reply.status == 200 and reply.fields.get("content-encoding") == "gzip", reply.fields)


def events_for_browsers(page):
    """Server-sent events go on where a browser lost them."""
    ann = Browser(page, {"name": "ann", "password": PASSWORD})
    stream = page.lab.start(page.lab.server, "sse", "curl", "-sSN", "-m", "8", "-b", ann.jar, "-H",
                            "Accept: text/event-stream", "http://127.0.0.1:%d%s/events" % (PORT, API))
    stream.wait_for(r"retry: \d+\n\n", 5)
    found = stream.wait_for(r"id: (\d+)\ndata: (\{.*\})\n\n", 5)
    check(json.loads(found[2])["sequence"] == int(found[1]), found[0])
    ann.send("POST", "/reload", {})
    live = stream.wait_for(r"id: (\d+)\ndata: (\{.*SERVER_RELOADED.*\})\n\n", 5)
    stream.stop()
    again = page.lab.start(page.lab.server, "sse2", "curl", "-sSN", "-m", "8", "-b", ann.jar, "-H",
                           "Accept: text/event-stream", "-H",
                           "Last-Event-ID: %d" % (int(live[1]) - 1),
                           "http://127.0.0.1:%d%s/events" % (PORT, API))
    found = again.wait_for(r"id: (\d+)\n", 5)
    again.stop()
    check(found[1] == live[1], "went on at %s, not %s" % (found[1], live[1]))


def tokens_and_deeds(page):
    token = page.tool("token", "add", "ci", "--scope", "operate", "--prefix", "/hosts").strip()
    bearer = ("-H", "Authorization: Bearer " + token)
    check(page.curl(API + "/hosts", *bearer).status == 200, "its own paths")
    check(page.curl(API + "/machines", *bearer).status == 403, "other paths")
    reply = page.post(API + "/hosts/made-by-ci", {"serial": "1"}, *bearer, method="PUT")
    check(reply.status == 201, reply.body)
    row = json.loads(page.tool("token", "list", "--json"))["tokens"][0]
    check(row["name"] == "ci" and "token" not in row and row["last_used"], row)
    page.tool("token", "remove", str(row["id"]))
    check(page.curl(API + "/hosts", *bearer).status == 401, "a token that was removed")
    # Entries of the list are written behind the answer, in order: the last deed is waited for.
    last = ("ci", "token", "PUT", API + "/hosts/made-by-ci", 201)

    def written():
        deeds = json.loads(page.tool("audit", "--json"))["audit"]
        seen = [(d["who"], d["door"], d["method"], d["path"], d["status"]) for d in deeds]
        return (deeds, seen) if last in seen else None
    deeds, seen = lab_module.wait_until(20, "the list holds %s" % (last,), written)
    for deed in (("ci", "token", "PUT", API + "/hosts/made-by-ci", 201),
                 ("ci", "token", "GET", API + "/machines", 403),
                 ("ann", "sign-in", "POST", API + "/session", 201),
                 ("cat", "sign-in", "POST", API + "/session", 403)):
        check(deed in seen, "%r is not in the list:\n%r" % (deed, seen))
    text = json.dumps(deeds) + open(page.server.process.log, encoding="utf-8").read()
    check(PASSWORD not in text and token not in text, "a secret in the list or the log")


def secrets_are_kept_as_digests(page):
    """Neither passwords nor tokens stand in the database."""
    token = page.tool("token", "add", "top").strip()
    for root, _, names in os.walk(page.lab.path("state")):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                data = file.read()
            check(token.encode() not in data and PASSWORD.encode() not in data, name)
    page.tool("token", "remove", str(json.loads(page.tool("token", "list", "--json"))
                                     ["tokens"][-1]["id"]))


def sessions_over_a_restart(page):
    """Who is signed in stays so, with the same cookie and the same token of the page; who signed out
    stays out. What is kept of a cookie is a digest."""
    add_user(page, "stays", "operator")
    add_user(page, "leaves", "operator")
    stays = Browser(page, {"name": "stays", "password": PASSWORD})
    leaves = Browser(page, {"name": "leaves", "password": PASSWORD})
    check(leaves.send("DELETE", "/session", {}).status == 204, "signing out")
    secret = stays.cookie()[1]
    check(page.server.stop() == 0, "exit status")
    for root, _, names in os.walk(page.lab.path("state")):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                check(secret.encode() not in file.read(), name)
    page.server.start()
    check(stays.get(API + "/session").json()["name"] == "stays", "signed out by a restart")
    check(stays.send("DELETE", "/links/none", {}).status == 404, "the page's token is another")
    check(leaves.get(API + "/session").json()["signed_in"] is False, "signed in again")
    page.tool("user", "remove", "stays")
    page.tool("user", "remove", "leaves")
    check(stays.get(API + "/session").json()["signed_in"] is False, "without an account")
    check(page.server.stop() == 0, "exit status")
    page.server.start()
    check(stays.get(API + "/session").json()["signed_in"] is False, "without an account")


def a_proxy_says_who(page):
    """127.0.0.5 is a named proxy; anybody else's word counts for nothing."""
    says = ("-H", "Remote-User: eve", "-H", "Remote-Groups: users,boot-admins")
    proxy = ("--interface", "127.0.0.5")
    session = page.curl(API + "/session", *says, *proxy).json()
    check(session["name"] == "eve" and session["role"] == "admin", session)
    check(page.curl(API + "/session", *says).json()["signed_in"] is False, "anybody's word")
    check(page.curl(API + "/users", *says, *proxy).status == 200, "eve is no admin")
    reply = page.post(API + "/reload", {}, *says, *proxy)
    check(reply.status == 403 and reply.json()["code"] == "csrf", reply.body)
    reply = page.post(API + "/reload", {}, *says, *proxy, "-H", "X-CSRF-Token: " + session["csrf"])
    check(reply.status == 204, reply.body)
    check(page.curl(API + "/status", "-H", "Remote-User: fay", *proxy).status == 403, "no role")


def slow_and_greedy(page):
    """One who sends its head drop by drop is ended in time; many connections of one address are too
    many, and others get in all the same."""
    script = ("import socket, time\n"
              "many = [socket.create_connection(('127.0.0.1', %d)) for _ in range(60)]\n"
              "time.sleep(0.5)\n"
              "gone = 0\n"
              "for s in many:\n"
              "    s.settimeout(0.05)\n"
              "    try:\n"
              "        gone += s.recv(1) == b''\n"
              "    except OSError as e:\n"
              "        gone += not isinstance(e, TimeoutError)\n"
              "print('gone', gone, flush=True)\n"
              "s = socket.create_connection(('127.0.0.8', %d), source_address=('127.0.0.8', 0))\n"
              "s.settimeout(40)\n"
              "try:\n"
              "    for c in b'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nX: ' + b'x' * 90:\n"
              "        s.sendall(bytes([c])); time.sleep(0.5)\n"
              "    print('never', flush=True)\n"
              "except OSError:\n"
              "    print('ended', flush=True)\n" % (PORT, PORT))
    run = page.lab.start(page.lab.server, "greedy", sys.executable, "-c", script)
    gone = int(run.wait_for(r"gone (\d+)", 10)[1])
    check(gone >= 12, "only %d of 60 connections were refused" % gone)
    check(page.curl("/", "--interface", "127.0.0.7").status == 200, "others are kept out")
    said = run.wait_for(r"ended|never", 60)[0]
    run.stop()
    check(said == "ended", "a head of 60 seconds was waited for")


# --- every route against every kind of caller

ROLES = ["NOBODY", "VIEWER", "OPERATOR", "ADMIN"]


def routes():
    with open(os.path.join(ROOT, "src/api/routes.def"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    rows = re.findall(r'ROUTE\((\w+), "([^"]+)", (\w+), (\w+),', text)
    check(len(rows) > 20 and len(rows) == text.count("ROUTE("), "routes.def is read wrongly")
    return rows


def matrix(page):
    """Refused is who the table refuses, with its status; nobody else is."""
    callers, keep = {"nobody": (0, "", {})}, []
    for role in ROLES[1:]:
        name = role.lower()
        subprocess_add(page, name)
        browser = Browser(page, {"name": name, "password": PASSWORD})
        keep.append(browser)
        cookie = {"Cookie": "=".join(browser.cookie())}
        callers[name] = (ROLES.index(role), "", dict(cookie, **{"X-CSRF-Token": browser.csrf}))
        if role == "ADMIN":
            callers["no csrf"] = (3, "csrf", cookie)
    for scope, role in (("read", 1), ("operate", 2), ("admin", 3)):
        token = page.tool("token", "add", scope, "--scope", scope).strip()
        callers["token " + scope] = (role, "", {"Authorization": "Bearer " + token})
    token = page.tool("token", "add", "narrow", "--scope", "admin", "--prefix", "/hosts").strip()
    callers["token for hosts"] = (3, "scope", {"Authorization": "Bearer " + token})
    callers["no token"] = (0, "unknown", {"Authorization": "Bearer " + "a" * 32})
    asked, wanted = [], []
    for method, path, handler, role in routes():
        if handler in ("session_post", "session_delete", "session_password"):
            continue  # these would end the sessions of this very case
        if handler == "pick_get":
            role = "VIEWER"  # by its own rule, as long as admin.pick-open is off
        filled = re.sub(r"\{\w+\}", "nothing-here", path)
        for caller, (has, special, fields) in callers.items():
            fields = dict(fields, Host="localhost")
            body = None
            if method != "GET":
                fields["Content-Type"] = "application/json"
                body = "{}"
            want = None
            if special == "unknown":
                want = (401, "unknown-token")
            elif special == "csrf" and method != "GET":
                want = (403, "csrf")
            elif has < ROLES.index(role):
                want = (401, "sign-in") if has == 0 else (403, "role")
            elif special == "scope" and not (path + "/").startswith("/hosts/"):
                want = (403, "scope")
            asked.append((method, API + filled, fields, body))
            wanted.append((caller, method, path, want))
    done = subprocess.run(["ip", "netns", "exec", page.lab.server, sys.executable,
                           os.path.abspath(__file__), "--ask"], input=json.dumps(asked),
                          capture_output=True, text=True, timeout=300, check=False)
    check(done.returncode == 0, done.stderr)
    faults = []
    for (caller, method, path, want), (status, code) in zip(wanted, json.loads(done.stdout)):
        refused = status in (401, 403, 421)
        if want and (status, code) != want:
            faults.append("%s: %s %s: %d %s, not %d %s" % ((caller, method, path, status, code) + want))
        elif not want and refused:
            faults.append("%s: %s %s: refused with %d %s" % (caller, method, path, status, code))
    check(not faults, "\n".join(faults[:20]))
    print("# %d requests" % len(asked), flush=True)


def subprocess_add(page, name):
    add_user(page, name, name)


def add_user(page, name, role):
    path = page.lab.path("password")
    with open(path, "w", encoding="ascii") as file:
        file.write(PASSWORD + "\n")
    page.tool("user", "add", name, "--role", role, "--file", path)


# --- the commands elsewhere

def commands_elsewhere(page, space):
    """By URL and token, with and without TLS; refusals are sentences."""
    ca, token = page.lab.path("ca.pem"), page.lab.path("token")
    with open(token, "w", encoding="ascii") as file:
        file.write(page.tool("token", "add", "far", "--scope", "operate"))

    def far(*words, code=0, url="https://192.168.77.1:%d" % PORT, trust=True):
        status, said = page.lab.run(space, page.server.program, *words, "--url", url,
                                    "--token-file", token, *(("--ca-file", ca) if trust else ()))
        check(status == code, "%s: exit %d, not %d: %s" % (" ".join(words), status, code, said))
        return said

    check("eth0" in far("status"), "no status from afar")
    far("host", "add", "far1", "--mac", "52:54:00:99:07:07")
    check("far1" in far("host", "list"), "the host is not listed")
    check("far1" in page.tool("host", "list"), "it is not this daemon's")
    check("far1" in far("host", "list", url="http://192.168.77.1:%d/" % PORT), "plain")
    check("role" in far("user", "list", code=1), "an operator lists users")
    check("--ca-file" in far("status", code=1, trust=False), "an unknown CA without a word")
    check("no daemon answers" in far("status", code=3, url="http://192.168.77.1:9"), "nobody there")
    check("no URL" in far("status", code=2, url="192.168.77.1"), "no URL")
    stream = page.lab.start(space, "far", page.server.program, "events", "--follow", "--url",
                            "https://192.168.77.1:%d" % PORT, "--token-file", token, "--ca-file", ca)
    stream.wait_for("tugboot", 10)
    page.tool("reload")
    stream.wait_for("reload", 10)
    stream.stop()


def only_tls(lab):
    """admin.tls: required sends browsers to https://, and takes no password in the clear."""
    page = Page(lab, {"admin": {"listen": "127.0.0.1:%d" % PORT, "tls": "required"}})
    reply = page.curl("/machines?x=1", "-H", "Host: localhost:%d" % PORT)
    check(reply.status == 308 and reply.fields["location"] ==
          "https://localhost:%d/machines?x=1" % PORT, reply.fields)
    reply = page.post(API + "/session", {"name": "ann", "password": PASSWORD})
    check(reply.status == 403 and reply.json()["code"] == "needs-https", reply.body)
    check(page.tool("login-link").startswith("https://127.0.0.1:%d/" % PORT), "a plain link")
    where = "https://127.0.0.1:%d" % PORT
    until = time.monotonic() + 20
    while "certificate" not in page.server.events() and time.monotonic() < until:
        time.sleep(0.1)
    check(page.curl("/", "-k", where=where).status == 200, "no TLS")
    check(page.stop() == 0, "the daemon did not end well")


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-admin-") as folder:
        os.chmod(folder, 0o755)
        with lab_module.Lab(os.path.join(folder, "a")) as lab:
            space = lab.namespace("far")
            lab.cable(space, "eth0", "br0", "192.168.77.50")
            page = Page(lab, {"admin": {"names": ["boot.example"],
                                        "proxy-addresses": ["127.0.0.5"],
                                        "proxy-admins": ["boot-admins"]}})
            for name, case, *more in (
                    ("the page is for everybody, what it shows is not", pages_without_signing_in),
                    ("no boot route here, no API there", no_boot_route_here),
                    ("from the first screen's link to an account", first_start),
                    ("accounts, roles and sessions", passwords),
                    ("guessing has to wait", guessing_waits),
                    ("other sites are kept out", other_sites),
                    ("TLS on the same port", tls_on_the_same_port),
                    ("server-sent events", events_for_browsers),
                    ("tokens, and who did what", tokens_and_deeds),
                    ("secrets are kept as digests", secrets_are_kept_as_digests),
                    ("sessions go on over a restart", sessions_over_a_restart),
                    ("a named proxy says who asks", a_proxy_says_who),
                    ("commands from elsewhere", commands_elsewhere, space),
                    ("every route, every kind of caller", matrix),
                    ("slow and greedy clients", slow_and_greedy)):
                tap.case(name, case, page, *more)
            page.stop()
        with lab_module.Lab(os.path.join(folder, "b")) as lab:
            tap.case("TLS alone", only_tls, lab)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

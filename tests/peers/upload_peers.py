#!/usr/bin/env python3
"""Images that come by the API: uploads in pieces, gone on with after the daemon was killed, and
files the daemon fetches by itself; removing one; and changes of the configuration file that leave
its comments as they are. Over the unix socket of a real daemon. TAP lines on standard output.
"""
import hashlib
import http.client
import json
import os
import signal
import socket
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Tap, check  # noqa: E402
from import_peers import kernel  # noqa: E402

PIECE = 256 * 1024


class Api:
    """Requests over the daemon's socket, on one connection kept alive."""

    def __init__(self, path):
        self.path, self.connection = path, None

    def connect(self):
        self.connection = http.client.HTTPConnection("localhost")
        self.connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.sock.settimeout(30)
        self.connection.sock.connect(self.path)

    def __call__(self, method, path, body=None, code=200):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        if self.connection is None:
            self.connect()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        self.connection.request(method, "/api/v1" + path, data, {"Content-Type": kind})
        reply = self.connection.getresponse()
        text = reply.read().decode()
        check(reply.status == code, "%s %s: %d, not %d: %s" % (method, path, reply.status, code, text))
        return json.loads(text) if text else None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Bench:
    def __init__(self, lab):
        self.lab = lab
        self.server = servers.Tugboot(lab, "proxy")
        self.write_config()
        self.server.give("tugboot.yaml")
        self.server.start()
        self.api = Api(self.server.control)

    def write_config(self):
        """As a person writes it, with comments."""
        with open(self.server.config, "w", encoding="utf-8") as out:
            out.write("# the lab on the second floor\n"
                      "state: %s\nimages: %s  # a disk of its own\ncontrol: %s\n"
                      "dhcp:\n  mode: proxy   # beside the router\n\n"
                      "menu:\n  title: \"Second floor\"   # on the door\n  timeout: 9s\n" % (
                          self.lab.path("state"), self.lab.path("images"), self.server.control))

    def restart(self, how=signal.SIGTERM):
        self.api.close()
        self.server.stop(how)
        self.server.start()

    def await_state(self, number, state):
        until = time.monotonic() + 30
        while True:
            facts = self.api("GET", "/uploads/%d" % number)
            if facts["state"] == state:
                return facts
            check(facts["state"] != "failed" and time.monotonic() < until, facts)
            time.sleep(0.05)

    def await_image(self, name):
        until = time.monotonic() + 30
        while True:
            names = [image["name"] for image in self.api("GET", "/images")["images"]]
            if name in names:
                return
            check(time.monotonic() < until, names)
            time.sleep(0.05)

    def send(self, number, data, begin, end=None):
        """Pieces, repeated while the disk does not keep up."""
        end = len(data) if end is None else end
        while begin < end:
            piece = data[begin:min(begin + PIECE, end)]
            try:
                self.api("POST", "/uploads/%d/bytes?offset=%d" % (number, begin), piece)
                begin += len(piece)
            except AssertionError as refusal:
                if ": 503, " not in str(refusal):
                    raise
                time.sleep(0.02)


def upload(bench):
    data = kernel(1, 5000000)
    wish = {"file": "vmlinuz-first", "bytes": len(data), "name": "first", "title": "The first"}
    facts = bench.api("POST", "/uploads", wish, 201)
    bench.await_state(facts["number"], "receiving")
    bench.send(facts["number"], data, 0)
    facts = bench.await_state(facts["number"], "done")
    check(facts["sha256"] == hashlib.sha256(data).hexdigest(), facts)
    bench.await_image("first")
    image = bench.api("GET", "/images/first")
    check(image["title"] == "The first", image)
    with open(bench.lab.path("images/first/vmlinuz-first"), "rb") as there:
        check(there.read() == data, "the file in the image is another")
    # A machine that asks for the script of its menu sees it.
    status, script = bench.lab.run(bench.lab.server, "curl", "-s", "--max-time", "10",
                                   "http://%s/boot.ipxe?mac=52:54:00:77:00:01" % lab_module.SERVER)
    check(status == 0 and "The first" in script, script)


def goes_on(bench):
    """What arrived before the daemon was killed need not be sent again."""
    data = kernel(2, 3000000)
    wish = {"file": "vmlinuz-second", "bytes": len(data), "name": "second", "modified": 17}
    number = bench.api("POST", "/uploads", wish, 201)["number"]
    bench.await_state(number, "receiving")
    bench.send(number, data, 0, 1500000)
    until = time.monotonic() + 20
    while bench.api("GET", "/uploads/%d" % number)["done"] < 1500000:
        check(time.monotonic() < until, "it is not written")
        time.sleep(0.02)
    bench.restart(signal.SIGKILL)
    facts = bench.api("POST", "/uploads", wish, 201)
    facts = bench.await_state(facts["number"], "receiving")
    check(facts["offset"] == 1500000, facts)
    refused = bench.api("POST", "/uploads/%d/bytes?offset=0" % facts["number"], data[:100], 409)
    check(refused["code"] == "wrong-offset", refused)
    bench.send(facts["number"], data, 1500000)
    facts = bench.await_state(facts["number"], "done")
    check(facts["sha256"] == hashlib.sha256(data).hexdigest(), facts)


def refusals(bench):
    def refused(wish, code, words):
        said = bench.api("POST", "/uploads", wish, code)["detail"]
        check(words in said, said)
    refused({"file": "a.iso", "bytes": 1, "name": "first"}, 422, "already")
    refused({"file": "../a.iso", "bytes": 1}, 422, "name of a file")
    refused({"file": "a.iso", "bytes": 1 << 60}, 507, "too little room")
    refused({"file": "a.iso", "bytes": 1, "url": "http://x/y"}, 422, "either")
    refused({"url": "file:///etc/shadow"}, 422, "http://")
    refused({"url": "ftp://example.org/a.iso"}, 422, "http://")
    refused({"file": "a.iso", "byte": 1}, 422, "There are: file")
    bench.api("POST", "/uploads/99/bytes?offset=0", b"x", 404)
    bench.api("POST", "/reload", b"x" * 70000, 413)


def cancels(bench):
    number = bench.api("POST", "/uploads", {"file": "gone.iso", "bytes": 1000}, 201)["number"]
    bench.await_state(number, "receiving")
    bench.send(number, b"x" * 500, 0)
    bench.api("DELETE", "/uploads/%d" % number, code=204)
    bench.api("GET", "/uploads/%d" % number, code=404)
    until = time.monotonic() + 10
    while [name for name in os.listdir(bench.lab.path("images")) if "gone" in name]:
        check(time.monotonic() < until, "it is still there")
        time.sleep(0.02)


class Web:
    """A web server in the daemon's namespace."""
    SOURCE = ("import http.server,sys\n"
              "class H(http.server.SimpleHTTPRequestHandler):\n"
              "    def log_message(self,*a): pass\n"
              "http.server.ThreadingHTTPServer(('127.0.0.1',8099),H).serve_forever()\n")

    def __init__(self, lab):
        self.folder = lab.path("web")
        os.makedirs(self.folder)
        self.process = lab.start(lab.server, "web", "/bin/sh", "-c", "cd %s && exec %s -c \"%s\"" % (
            self.folder, sys.executable, self.SOURCE))

    def put(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as out:
            out.write(data)


def fetches(bench):
    data = kernel(3, 4000000)
    web = Web(bench.lab)
    web.put("vmlinuz-third", data)
    until = time.monotonic() + 10
    while bench.lab.run(bench.lab.server, "curl", "-s", "-o", "/dev/null",
                        "http://127.0.0.1:8099/")[0]:
        check(time.monotonic() < until, "no web server")
        time.sleep(0.1)
    digest = hashlib.sha256(data).hexdigest()
    secret = "s3cret-token"
    wish = {"url": "http://user:%s@127.0.0.1:8099/vmlinuz-third?x=%s" % (secret, secret), "name": "third", "sha256": digest}
    number = bench.api("POST", "/uploads", wish, 201)["number"]
    facts = bench.await_state(number, "done")
    check(facts["sha256"] == digest and facts["bytes"] == len(data), facts)
    bench.await_image("third")
    check(facts["url"] == "http://127.0.0.1:8099/vmlinuz-third", facts["url"])
    with open(bench.lab.path("images/third/image.yaml"), encoding="utf-8") as text:
        described = text.read()
    check("127.0.0.1:8099/vmlinuz-third," in described and secret not in described, described)

    def fails(words, **wish):
        number = bench.api("POST", "/uploads", wish, 201)["number"]
        until = time.monotonic() + 30
        while True:
            facts = bench.api("GET", "/uploads/%d" % number)
            if facts["state"] == "failed":
                break
            check(facts["state"] != "done" and time.monotonic() < until, facts)
            time.sleep(0.05)
        check(words in facts["sentence"] and secret not in json.dumps(facts), facts)
        bench.api("DELETE", "/uploads/%d" % number, code=204)
    fails("404", url="http://user:%s@127.0.0.1:8099/none.iso?x=%s" % (secret, secret))
    fails("not the file that was meant", url="http://127.0.0.1:8099/vmlinuz-third", name="fourth",
          sha256="0" * 64)
    # Digests are kept there once the daemon has read an image.
    left = [name for name in os.listdir(bench.lab.path("images"))
            if name.startswith(".") and name != ".digests"]
    check(not left, left)


def stops_fetching(bench):
    """A server that sends nothing more: the fetch can be given up."""
    script = ("import socket,time\ns=socket.socket()\ns.bind(('127.0.0.1',8098))\ns.listen()\n"
              "c,_=s.accept()\nc.recv(4096)\n"
              "c.send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n'+b'x'*5000)\n"
              "print('sent',flush=True)\ntime.sleep(600)\n")
    silent = bench.lab.start(bench.lab.server, "silent", sys.executable, "-c", script)
    time.sleep(0.5)
    number = bench.api("POST", "/uploads", {"url": "http://127.0.0.1:8098/slow.iso"}, 201)["number"]
    silent.wait_for("sent", 10)
    until = time.monotonic() + 10
    while bench.api("GET", "/uploads/%d" % number)["bytes"] != 100000:
        check(time.monotonic() < until, "the length is not told")
        time.sleep(0.05)
    bench.api("DELETE", "/uploads/%d" % number, code=204)
    bench.api("GET", "/uploads/%d" % number, code=404)
    until = time.monotonic() + 10
    while os.path.exists(bench.lab.path("images/.fetch-slow.iso")):
        check(time.monotonic() < until, "it is still there")
        time.sleep(0.05)


def changes_images(bench):
    """Keys of image.yaml change, its comments stay; what is hidden is not on the menu."""
    path = bench.lab.path("images/first/image.yaml")
    with open(path, encoding="utf-8") as there:
        before = there.read()
    with open(path, "w", encoding="utf-8") as out:
        out.write(before + "memory: 100   # tried with less\n")

    def menu(loader):
        return bench.api("GET", "/menu?arch=bios-x86&loader=" + loader)["text"]
    check("The first" in menu("ipxe") and "The first" in menu("grub"), menu("ipxe"))
    bench.api("PATCH", "/images/first", {"title": "One: the first", "order": -5}, 204)
    with open(path, encoding="utf-8") as there:
        after = there.read()
    check("# tried with less" in after and after.startswith("# Uploaded"), after)
    until = time.monotonic() + 10
    while "One: the first" not in menu("ipxe"):
        check(time.monotonic() < until, menu("ipxe"))
        time.sleep(0.05)
    bench.api("PATCH", "/images/first", {"hidden": True}, 204)
    while "One: the first" in menu("ipxe") + menu("grub"):
        check(time.monotonic() < until, menu("ipxe"))
        time.sleep(0.05)
    check(bench.api("GET", "/images/first")["hidden"], "hidden")
    bench.api("PATCH", "/images/nothing", {"hidden": True}, 404)
    said = bench.api("PATCH", "/images/first", {"answers": "no such/name"}, 422)["detail"]
    check("answers takes" in said, said)


def removes(bench):
    bench.api("DELETE", "/images/first", code=204)
    until = time.monotonic() + 10
    while "first" in [image["name"] for image in bench.api("GET", "/images")["images"]]:
        check(time.monotonic() < until, "it is still on the menu")
        time.sleep(0.05)
    said = bench.api("DELETE", "/images/first", code=404)["detail"]
    check("no image named first" in said, said)


def text_of(bench):
    with open(bench.server.config, encoding="utf-8") as there:
        return there.read()


def templates(bench):
    """A template is tried for a machine, written, used, and taken away."""
    mac = "52:54:00:77:00:09"
    default = bench.api("GET", "/answers/default.preseed")
    check(default["built_in"] and "d-i" in default["text"], default)
    draft = {"text": "# for {{ hostname }}\n", "mac": mac, "image": "third"}
    said = bench.api("PUT", "/answers/web.preseed", {"text": "{% if x %}\n"}, 422)["detail"]
    check("web.preseed:" in said, said)
    bench.api("PUT", "/answers/web.nothing", {"text": "x"}, 422)
    bench.api("PUT", "/hosts/answered", {"mac": mac, "answers": "web.preseed"}, 201)
    bench.api("PUT", "/answers/web.preseed", {"text": draft["text"]}, 204)
    there = bench.api("GET", "/answers/web.preseed")
    check(not there["built_in"] and there["text"] == draft["text"], there)
    with open(bench.lab.path("state/answers/web.preseed"), encoding="utf-8") as file:
        check(file.read() == draft["text"], "the file")
    made = bench.api("GET", "/render?host=answered&image=third&kind=preseed")
    check(made["text"] == "# for answered\n", made)
    made = bench.api("POST", "/answers/web.preseed/preview", {**draft, "text": "tried: {{ hostname }}"})
    check(made["text"] == "tried: answered", made)
    check(bench.api("GET", "/answers/web.preseed")["text"] == draft["text"], "a try wrote something")
    said = bench.api("POST", "/answers/web.preseed/preview", {**draft, "text": "{{ nobody }}"}, 422)
    check(said["detail"].startswith("web.preseed:1:") and "nobody" in said["detail"], said)
    other = {**draft, "mac": "52:54:00:77:00:0a", "text": "for anybody: {{ image }}"}
    made = bench.api("POST", "/answers/new.kickstart/preview", other)
    check(made["text"] == "for anybody: third", made)
    bench.api("DELETE", "/answers/web.preseed", code=204)
    bench.api("GET", "/answers/web.preseed", code=404)
    bench.api("DELETE", "/answers/web.preseed", code=404)


def shows_settings(bench):
    rows = {row["path"]: row for row in bench.api("GET", "/settings")["settings"]}
    title = rows["menu.title"]
    check(title["value"] == "Second floor" and title["line"] == 9, title)
    check(rows["tftp.port"]["line"] == 0 and rows["tftp.port"]["value"] == "69", rows["tftp.port"])
    check(rows["dhcp.mode"]["choices"] == "proxy server off", rows["dhcp.mode"])
    file = bench.api("GET", "/settings/file")
    check(file["writable"] and file["text"] == text_of(bench), file)


def changes_settings(bench):
    before = text_of(bench)
    digest = bench.api("GET", "/settings/file")["digest"]
    change = {"changes": [{"path": "menu.title", "value": "Third: floor"},
                          {"path": "menu.timeout", "value": None},
                          {"path": "answers.window", "value": "2h"}], "digest": digest}
    seen = bench.api("POST", "/settings/changes", {**change, "preview": True})
    check(not seen["written"] and text_of(bench) == before, seen)
    done = bench.api("POST", "/settings/changes", change)
    check(done["written"] and done["in_force"] and done["after"] == text_of(bench), done)
    expected = before.replace('"Second floor"', '"Third: floor"').replace("  timeout: 9s\n", "")
    check(text_of(bench) == expected + "answers:\n  window: 2h\n", text_of(bench))
    rows = {row["path"]: row for row in bench.api("GET", "/settings")["settings"]}
    check(rows["menu.title"]["value"] == "Third: floor", rows["menu.title"])
    bench.api("POST", "/settings/changes", change, 412)


def refuses_settings(bench):
    before = text_of(bench)

    def refused(path, value, code, words):
        said = bench.api("POST", "/settings/changes",
                         {"changes": [{"path": path, "value": value}]}, code)["detail"]
        check(words in said and text_of(bench) == before, said)
    refused("tftp.port", 99999, 422, "a number from 1 to 65535")
    refused("tftp.prot", 69, 422, "did you mean")
    refused("menu.title.x", "y", 422, "no such place")
    refused("user", "root", 422, "changed in the file only")
    said = bench.api("POST", "/settings/changes", {"changes": "x"}, 422)["detail"]
    check("list" in said, said)
    # What needs a restart is written, and said not to be in force.
    done = bench.api("POST", "/settings/changes",
                     {"changes": [{"path": "tftp.single-port", "value": True}]})
    check(done["written"] and not done["in_force"] and "restart" in done["sentence"], done)
    bench.api("POST", "/settings/changes", {"changes": [{"path": "tftp", "value": None}]})


def replaced_meanwhile(bench):
    """By an editor that makes a new file: read as ever, and not written until a restart."""
    text = text_of(bench)
    os.unlink(bench.server.config)
    with open(bench.server.config, "w", encoding="utf-8") as out:
        out.write(text)
    bench.server.give("tugboot.yaml")
    change = {"changes": [{"path": "menu.title", "value": "x"}]}
    said = bench.api("POST", "/settings/changes", change, 500)["detail"]
    check("restart it" in said and text_of(bench) == text, said)
    bench.restart()
    check(bench.api("POST", "/settings/changes", change)["written"], "not written after a restart")


def managed_elsewhere(bench):
    text = text_of(bench)
    with open(bench.server.config, "w", encoding="utf-8") as out:
        out.write("# Ansible managed\n" + text)
    file = bench.api("GET", "/settings/file")
    check(not file["writable"] and "another program" in file["sentence"], file)
    said = bench.api("POST", "/settings/changes",
                     {"changes": [{"path": "menu.title", "value": "x"}]}, 409)["detail"]
    check("Ansible managed" in said, said)


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-upload-") as folder, \
            lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755)
        bench = Bench(lab)
        for case in (upload, goes_on, refusals, cancels, fetches, stops_fetching,
                     changes_images, removes, templates,
                     shows_settings, changes_settings, refuses_settings, replaced_meanwhile,
                     managed_elsewhere):
            tap.case(case.__name__.replace("_", " "), case, bench)
        bench.api.close()
        tap.case("an orderly end", lambda: check(bench.server.stop() == 0, "exit status"))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The API of a running daemon held against the OpenAPI document it gives of itself: every GET with
data behind it, validated by an implementation of JSON Schema that is not ours; conditions, pages,
refusals as problem documents. TAP lines on standard output.
"""
import json
import os
import re
import socket
import sys
import tempfile

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, HERE)

import lab as lab_module  # noqa: E402
import servers  # noqa: E402
from tap import Tap, check  # noqa: E402

MAC = "52:54:00:99:01:01"
NEVER_SHOWN = "correct horse"
PREFIX = "/api/v1"


class Reply:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()

    def json(self):
        return json.loads(self.body)


class Api:
    def __init__(self, lab, server):
        self.lab, self.server = lab, server
        self.document = None

    def ask(self, method, target, body=None, **fields):
        """fields: names with _ for -."""
        data = b"" if body is None else json.dumps(body).encode()
        head = "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % (method, target)
        if body is not None:
            head += "Content-Type: application/json\r\n"
        if data or method not in ("GET", "HEAD"):
            head += "Content-Length: %d\r\n" % len(data)
        for name, value in fields.items():
            head += "%s: %s\r\n" % (name.replace("_", "-"), value)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.server.control)
            s.sendall(head.encode() + b"\r\n" + data)
            parts = []
            while True:
                part = s.recv(65536)
                if not part:
                    break
                parts.append(part)
        return Reply(b"".join(parts))

    def get(self, path, **fields):
        return self.ask("GET", PREFIX + path, **fields)

    def validate(self, schema, value):
        whole = {"$ref": "#" + schema, "components": self.document["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)

    def check_reply(self, method, path, reply):
        """Against what the document says of this operation."""
        operation = self.document["paths"][path][method.lower()]
        said = operation["responses"].get(str(reply.status))
        check(said, "%s %s: %d is not in the document: %r" % (
            method, path, reply.status, reply.body[:300]))
        content = said.get("content")
        if not content:
            check(not reply.body, "%s %s has a body" % (method, path))
            return
        media_type = reply.fields["content-type"]
        check(media_type in content, "%s %s: %s" % (method, path, media_type))
        schema = content[media_type].get("schema")
        if schema:
            self.validate(schema["$ref"][1:], reply.json())


def document(api):
    """It is OpenAPI 3.1, its references lead somewhere, its schemas are schemas."""
    reply = api.get("/openapi.json")
    check(reply.status == 200, reply.body)
    doc = api.document = reply.json()
    check(doc["openapi"] == "3.1.0" and doc["info"]["title"] == "tugboot", doc["info"])

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for ref in references(doc):
        at = doc
        for part in ref.lstrip("#/").split("/"):
            check(part in at, ref)
            at = at[part]
    for schema in doc["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [o["operationId"] for p in doc["paths"].values() for o in p.values()]
    check(len(ids) == len(set(ids)), "an operationId twice")


# What stands for {parts} of a path, and queries that a GET needs.
PARTS = {"{name}": {"hosts": "node1", "images": "deb", "groups": "lab",
                   "webhooks": "chat"}, "{mac}": MAC,
         "{code}": "full", "{secret}": "x", "{server}": "dnsmasq", "{file}": "default.preseed"}
QUERIES = {"/render": "?host=node1&image=deb&kind=preseed", "/explain": "?mac=" + MAC,
           "/screen-messages/find": "?message=PXE-E53", "/settings/rows": "?path=hosts"}
# Nothing of the kind is there here: a machine that waits (case_pick), a reservation and a note
# (people.mjs).
ABSENT = ("/picks/{number}", "/reservations/{address}", "/machines/{mac}/note")


def fill(path):
    parts = path.split("/")
    for i, part in enumerate(parts):
        known = PARTS.get(part, part)
        parts[i] = known.get(parts[i - 1], part) if isinstance(known, dict) else known
    return "/".join(parts)


def every_get(api):
    """With data behind it: a machine that booted, a host, an image."""
    for path, operations in api.document["paths"].items():
        if "get" not in operations or path in ABSENT:
            continue
        reply = api.get(fill(path) + QUERIES.get(path, ""))
        check(reply.status == 200, "%s: %d %r" % (path, reply.status, reply.body[:300]))
        check(NEVER_SHOWN.encode() not in reply.body, path + " shows a secret")
        api.check_reply("GET", path, reply)


def every_path(api):
    """HEAD, OPTIONS, methods and parameters that are not there."""
    for path, operations in api.document["paths"].items():
        filled = PREFIX + fill(path)
        reply = api.ask("OPTIONS", filled)
        check(reply.status == 204 and "OPTIONS" in reply.fields["allow"], path)
        allowed = set(reply.fields["allow"].split(", ")) - {"HEAD", "OPTIONS"}
        # "changes" could be a machine's name in the path of one machine, which can be read.
        of_machine = {"GET"} if path == "/machines/changes" else set()
        check(allowed == {name.upper() for name in operations} | of_machine, (path, allowed))
        missing = next(m for m in ("PUT", "POST", "DELETE", "PATCH", "GET") if m not in allowed)
        reply = api.ask(missing, filled)
        check(reply.status == 405 and reply.fields["allow"], (path, missing, reply.status))
        for method in operations:
            reply = api.ask(method.upper(), filled + "?no-such-parameter=1")
            check(reply.status == 400 and reply.json()["code"] == "bad-query", (method, path))
            api.check_reply(method, path, reply)
        if "get" in operations and "events" not in path and path not in ABSENT:
            reply = api.ask("HEAD", filled + QUERIES.get(path, ""))
            check(reply.status == 200 and not reply.body, "HEAD " + path)
            check(int(reply.fields["content-length"]) > 0, "HEAD %s has no length" % path)


def bodies(api):
    """What a body cannot be is refused with the place of each fault, on every route that reads one."""
    tried = 0
    for path, operations in api.document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            tried += 1
            reply = api.ask(method.upper(), PREFIX + fill(path), {"no such field": 1, "~/": 2},
                            If_Match="*")
            check(reply.status == 422, (method, path, reply.status, reply.body))
            api.check_reply(method, path, reply)
            check({"/no such field", "/~0~1"} <= {e["pointer"] for e in reply.json()["errors"]},
                  reply.body)
    check(tried >= 5, "only %d routes read a body" % tried)


def conditions(api):
    """Two who change the same host: the second is told."""
    host = PREFIX + "/hosts/two-editors"
    reply = api.ask("PUT", host, {"mac": "52:54:00:99:09:09"}, If_None_Match="*")
    check(reply.status == 201, reply.body)
    check(api.ask("PUT", host, {"serial": "x"}).status == 428, "written over unseen")
    first = api.ask("GET", host)
    second = api.ask("GET", host)
    check(first.fields["etag"] == second.fields["etag"] == reply.fields["etag"], first.fields)
    done = api.ask("PATCH", host, {"boot": "local"}, If_Match=first.fields["etag"])
    check(done.status == 200 and done.fields["etag"] != first.fields["etag"], done.fields)
    late = api.ask("PATCH", host, {"boot": "menu"}, If_Match=second.fields["etag"])
    check(late.status == 412, late.status)
    api.check_reply("PATCH", "/hosts/{name}", late)
    check(api.ask("GET", host).json()["boot"] == "local", "the lost update was not lost")
    check(api.ask("GET", host, If_None_Match=done.fields["etag"]).status == 304, "no 304")
    check(api.ask("DELETE", host, If_Match=second.fields["etag"]).status == 412, "deleted")
    check(api.ask("DELETE", host, If_Match=done.fields["etag"]).status == 204, "not deleted")
    check(api.ask("PUT", host, {"serial": "x"}, If_Match=done.fields["etag"]).status == 412,
          "a host that is gone was matched")


def pages(api):
    """All hosts, three at a time, by the Link fields."""
    for i in range(10):
        api.ask("PUT", PREFIX + "/hosts/page-%d" % i, {"serial": "page-%d" % i})
    names, target = [], PREFIX + "/hosts?limit=3"
    while target:
        reply = api.ask("GET", target)
        rows = reply.json()["hosts"]
        check(len(rows) <= 3, rows)
        names += [row["name"] for row in rows]
        link = reply.fields.get("link")
        target = link[link.index("<") + 1:link.index(">")] if link else None
    check(len(names) == len(set(names)) and {"page-%d" % i for i in range(10)} <= set(names), names)
    check(api.get("/hosts?limit=0").status == 400, "limit=0")
    check(api.get("/hosts?limit=1001").status == 400, "limit=1001")


def groups(api):
    """A group is inherited from, and cannot go while it is."""
    group = PREFIX + "/groups/racks"
    check(api.ask("PUT", group, {"boot": "local", "parent": "lab"}, If_None_Match="*").status == 201,
          "the group was not made")
    check(api.ask("PUT", PREFIX + "/hosts/racked", {"serial": "racked", "group": "racks"}).status
          == 201, "the host was not made")
    said = api.get("/explain?serial=racked&arch=efi-x64").json()
    check(said["boot"]["starts"] == "local", said["boot"])
    check(api.ask("DELETE", group).status == 409, "a group that is needed went")
    check(api.ask("PATCH", group, {"boot": None}).status == 200, "not changed")
    said = api.get("/explain?serial=racked&arch=efi-x64").json()
    check(said["boot"]["starts"] == "menu", said["boot"])
    api.server.stop()
    api.server.start()
    check(api.get("/groups/racks").json()["parent"] == "lab", "the group is gone after a restart")
    check(api.ask("DELETE", PREFIX + "/hosts/racked").status == 204, "the host stayed")
    check(api.ask("DELETE", group).status == 204, "the group stayed")


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? ([0-9]+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"')


def read_metrics(text):
    """Prometheus' text form, strictly: HELP, TYPE, then the samples of that family, none twice."""
    check(text.endswith("\n"), "no line end at the end")
    families, name = {}, None
    for line in text.splitlines():
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            name = words[2]
            check(name not in families and words[3].strip(), line)
            families[name] = {"type": None, "samples": {}}
        elif line.startswith("# TYPE "):
            check(words[2] == name and words[3] in ("counter", "gauge"), line)
            families[name]["type"] = words[3]
        else:
            sample = SAMPLE.fullmatch(line)
            check(sample and sample[1] == name and families[name]["type"], line)
            labels = tuple(LABEL.findall(sample[2] or ""))
            check(labels not in families[name]["samples"], "twice: " + line)
            families[name]["samples"][labels] = int(sample[3])
    return families


def metrics(api):
    """Well-formed, with names and types by Prometheus' conventions; Grafana asks for nothing else."""
    reply = api.ask("GET", "/metrics")
    check(reply.status == 200 and reply.fields["content-type"] == "text/plain; version=0.0.4",
          reply.fields)
    families = read_metrics(reply.body.decode())
    check(len(families) > 15, families)
    for name, family in families.items():
        check(name.startswith("tugboot_") and len(family["samples"]) < 500, name)
        check(name.endswith("_total") == (family["type"] == "counter"), name)
    seen = {labels[0][1]: n for labels, n in families["tugboot_events_total"]["samples"].items()}
    check(seen["SERVER_STARTED"] == 1 and seen["DHCP_OFFER_SENT"] >= 1, seen)
    check(families["tugboot_store_up"]["samples"] == {(): 1}, "store")
    with open(os.path.join(HERE, "../../packaging/grafana/tugboot.json"), encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    for panel in panels:
        for target in panel.get("targets", []):
            for name in re.findall(r"tugboot_[a-z_]+", target["expr"]):
                check(name in families, "Grafana asks for " + name)
    check(api.ask("GET", "/healthz").json() == {"status": "alive"}, "healthz")
    check(api.ask("GET", "/readyz").json() == {"status": "ready"}, "readyz")


def not_ready(api):
    """A configuration that was refused is told of."""
    with open(api.server.config, encoding="utf-8") as file:
        good = file.read()
    with open(api.server.config, "w", encoding="utf-8") as file:
        file.write("nonsense: 1\n")
    check(api.ask("POST", PREFIX + "/reload").status == 422, "taken")
    reply = api.ask("GET", "/readyz")
    check(reply.status == 503 and "nonsense" in reply.json()["detail"], reply.body)
    with open(api.server.config, "w", encoding="utf-8") as file:
        file.write(good)
    check(api.ask("POST", PREFIX + "/reload").status == 204, "not reloaded")
    check(api.ask("GET", "/readyz").status == 200, "still not ready")


def problems(api):
    """The type of a problem leads to its description."""
    reply = api.get("/hosts/nobody")
    check(reply.status == 404, reply.status)
    api.check_reply("GET", "/hosts/{name}", reply)
    kind = api.ask("GET", reply.json()["type"])
    check(kind.status == 200 and kind.json()["code"] == reply.json()["code"], kind.body)


def main():
    lab_module.prepare()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="tugboot-api-") as folder, \
            lab_module.Lab(folder) as lab:
        os.chmod(folder, 0o755)
        server = servers.Tugboot(lab, "server", {
            "dhcp": {"probe": False},
            "webhooks": [{"name": "chat", "url": "http://127.0.0.1:9/", "events": "BOOT_DONE",
                          "secret-file": lab.path("no.secret")}]})
        os.chmod(lab.path("images"), 0o777)  # the daemon's user writes uploads there
        server.start()
        api = Api(lab, server)
        server.add_image("deb", "x")
        api.ask("PUT", PREFIX + "/groups/lab", {"arguments": "quiet"})
        space = lab.namespace("m0")
        lab.cable(space, "eth0", "br0", None, MAC)
        status, said = lab.run(space, sys.executable, os.path.join(HERE, "pxe_client.py"), "eth0",
                               MAC)
        check(status == 0, "no answer to a PXE client: " + said)
        server.tool("host", "add", "node1", "--mac", MAC, "--answers", "default")
        api.ask("PUT", PREFIX + "/hosts/node1/secrets/root_password", {"value": NEVER_SHOWN})
        upload = api.ask("POST", PREFIX + "/uploads", {"file": "x.iso", "bytes": 1000000})
        check(upload.status // 100 == 2, upload.body)
        PARTS["{number}"] = str(upload.json()["number"])
        tap.case("the document is OpenAPI 3.1", document, api)
        tap.case("every GET gives what the document says", every_get, api)
        tap.case("HEAD, OPTIONS, unknown methods and parameters", every_path, api)
        tap.case("faults of a body are named by their place", bodies, api)
        tap.case("a lost update is told before it happens", conditions, api)
        tap.case("pages follow each other by Link", pages, api)
        tap.case("the type of a problem is described", problems, api)
        tap.case("metrics, as Prometheus reads them", metrics, api)
        tap.case("readyz says what is not ready", not_ready, api)
        tap.case("groups are inherited from", groups, api)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

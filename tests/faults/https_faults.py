#!/usr/bin/env python3
"""The daemon's HTTPS: its own CA and certificates, certificates of the owner's that change and break,
a port that is taken, and what only machines with a certificate may have. TAP lines on standard output.

  https_faults.py [CASE...]
"""
import http.client
import os
import socket
import ssl
import stat
import subprocess
import time

import ground
from ground import SERVER, TftpRefused, Tugboot, check, http_get, tftp_get, wait_until
from start_faults import refused

READY = r"HTTPS has a certificate for"


def openssl(*words, **more):
    return subprocess.run(("openssl",) + words, check=True, capture_output=True, **more).stdout


def issue(g, name, ca=None, subject=None):
    """A key and a certificate in the lab's folder, self-signed or of `ca`; their paths."""
    pem, key = g.path(name + ".pem"), g.path(name + ".key")
    by = ["-CA", g.path(ca + ".pem"), "-CAkey", g.path(ca + ".key")] if ca else []
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-keyout", key + ".new",
            "-subj", "/CN=" + (subject or name), "-addext", "subjectAltName=IP:%s" % SERVER,
            *by, "-out", pem + ".new")
    os.chmod(key + ".new", 0o644)
    os.rename(key + ".new", key)
    os.rename(pem + ".new", pem)
    return pem, key


def connect(g, ca=None, pair=None, port=443, address=SERVER):
    context = ssl.create_default_context(cafile=ca)
    if not ca:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pair:
        context.load_cert_chain(*pair)
    sock = g.socket(kind=socket.SOCK_STREAM)
    sock.settimeout(10)
    sock.connect((address, port))
    return context.wrap_socket(sock, server_hostname=address)


def get(g, path, **how):
    connection = http.client.HTTPConnection(SERVER)
    connection.sock = connect(g, **how)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def shown(g, **how):
    """The subject of the certificate that is shown."""
    with connect(g, **how) as tls:
        text = openssl("x509", "-inform", "DER", "-noout", "-subject", input=tls.getpeercert(True))
    return text.decode().strip()


def first_start(g):
    """HTTP answers before keys are made; the CA comes, its keys are its owner's alone, and stay."""
    tug = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []}, "https": {"names": ["boot.lab"]}})
    begin = time.monotonic()
    tug.start()
    check(http_get(g, "/boot.ipxe")[0] == 200, "no answer by HTTP")
    early = not os.path.exists(g.path("state/https-ec.pem"))
    tug.expect_event(READY + r".*%s.*boot\.lab" % SERVER, 30)
    took = time.monotonic() - begin
    for name in ("ca-key.pem", "https-rsa-key.pem", "https-ec-key.pem"):
        mode = stat.S_IMODE(os.stat(g.path("state/" + name)).st_mode)
        check(mode == 0o600, "%s has mode %o" % (name, mode))
    ca = g.path("exported.pem")
    tug.tool("ca", "export", "--output", ca)
    check(get(g, "/boot.ipxe", ca=ca)[1].startswith(b"#!ipxe"), "no script by HTTPS")
    check(b"https://" + SERVER.encode() + b"/boot.ipxe" in get(g, "/boot.ipxe", ca=ca)[1],
          "who came by HTTPS is sent to plain HTTP")
    before = open(ca, encoding="ascii").read()
    der = subprocess.run(["openssl", "x509", "-in", ca, "-outform", "DER"], check=True,
                         capture_output=True).stdout
    tug.tool("ca", "export", "--form", "esl", "--output", g.path("ca.esl"))
    with open(g.path("ca.esl"), "rb") as file:
        check(file.read()[44:] == der, "the signature list does not hold the certificate")
    check("443" in str(tug.status()["ports"]), "status does not tell of the port")
    tug.end()
    tug.start()
    wait_until(10, "HTTPS after a restart", lambda: get(g, "/boot.ipxe", ca=ca)[0] == 200)
    check("CA for HTTPS was made" not in tug.events(), "another CA was made")
    tug.tool("ca", "export", "--output", ca)
    check(open(ca, encoding="ascii").read() == before, "the CA is another one")
    tug.end()
    return "ready after %.1f s, HTTP %s" % (took, "before that" if early else "answered")


def addresses_change(g):
    """A new address is in the certificate a moment later; a connection that is open goes on."""
    tug = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []}}).start()
    tug.expect_event(READY, 30)
    ca = g.path("exported.pem")
    tug.tool("ca", "export", "--output", ca)
    held = connect(g, ca=ca)
    ground.lab_module.command("ip", "-n", g.server, "address", "add", "192.168.77.9/24", "dev", "eth0")
    tug.expect_event(READY + r".*192\.168\.77\.9", 10)
    with connect(g, ca=ca, address="192.168.77.9") as tls:
        check(("IP Address", "192.168.77.9") in tls.getpeercert()["subjectAltName"], "not in it")
    held.sendall(b"GET /boot.ipxe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    check(held.recv(100).startswith(b"HTTP/1.1 200"), "the open connection was cut")
    held.close()
    tug.end()


def own_certificate(g):
    """The owner's pair, renewed, broken in several ways and mended: never without a good one."""
    pem, key = issue(g, "own", subject="first")
    tug = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []},
                                "https": {"certificate": pem, "key": key}}).start()
    tug.expect_event(r"HTTPS shows the certificate of", 10)
    check("first" in shown(g, ca=pem), "not the owner's certificate")
    check(not os.path.exists(g.path("state/ca.pem")), "a CA was made that nobody needs")
    check("is the one to enrol" in tug.tool("ca", "show", check=False), "ca show has no words for it")
    issue(g, "own", subject="second")
    wait_until(10, "the renewed certificate", lambda: "second" in shown(g))
    for what, path, text, says in (
            ("cut", pem, b"-----BEGIN CERTIFICATE-----\nMII", "no certificate in it"),
            ("not the key", key, openssl("genrsa", "2048"), "is not that of the certificate"),
            ("garbage", key, os.urandom(100), "no private key in it"),
            ("gone", key, None, "absent|no such file|not there")):
        kept = open(path, "rb").read()
        seen = len(tug.events())
        if text is None:
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(text)
        wait_until(10, "a word about it: " + what,
                   lambda: "the one before stays in force" in tug.events()[seen:])
        print("#   %s: %s" % (what, tug.events()[seen:].strip().splitlines()[0]))
        check("second" in shown(g), "%s: another certificate is shown" % what)
        with open(path, "wb") as file:
            file.write(kept)
        time.sleep(0.5)
    issue(g, "own", subject="third")
    wait_until(10, "the mended pair", lambda: "third" in shown(g))
    tug.end()


def port_taken(g):
    """By default the rest is served and the first screen says so; asked for, it is a reason not to
    start."""
    g.socket()  # the namespace is there
    other = g.socket(kind=socket.SOCK_STREAM, namespace=g.server)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(("0.0.0.0", 443))
    other.listen()
    tug = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []}}).start()
    said = tug.expect_event(r"HTTPS is not served: TCP port 443 is taken by[^\n]*", 5)[0]
    print("#   " + said)
    check(http_get(g, "/boot.ipxe")[0] == 200, "HTTP is not served")
    tug.end()
    asked = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []}, "https": {"offer": True}})
    refused(g, asked, "asked", "TCP port 443 is taken by", "https: {port: ...}")
    other.close()


def certificates_of_machines(g):
    """What is kept for machines with a certificate: 403 and an event by HTTPS, HTTP and TFTP."""
    issue(g, "machines", subject="CA of the machines")
    pair = issue(g, "node1", ca="machines")
    stranger = issue(g, "stranger")
    os.makedirs(g.path("files"))
    for name in ("secret.cfg", "open.cfg"):
        with open(g.path("files/" + name), "w", encoding="ascii") as out:
            out.write(name)
    os.makedirs(g.path("loaders"))
    with open(g.path("loaders/snponly.efi"), "wb") as out:
        out.write(b"MZ" + bytes(1000))
    tug = Tugboot(g, "server", {"dhcp": {"mode": "off", "subnets": []}, "files": g.path("files"),
                                "loaders": [g.path("loaders")],
                                "https": {"client-ca": g.path("machines.pem")}}).start()
    tug.expect_event(READY, 30)
    for name in ("/secret.cfg", "//secret.cfg", "/SECRET.cfg"):
        check(get(g, name)[0] == 403, "%s by HTTPS without a certificate" % name)
        check(http_get(g, name)[0] == 403, "%s by HTTP" % name)
        check(get(g, name, pair=pair) == (200, b"secret.cfg"), "%s with one" % name)
    tug.expect_event(r"may not have /secret\.cfg without a certificate", 5)
    try:
        tftp_get(g, "secret.cfg")
        check(False, "TFTP gave it away")
    except TftpRefused as refusal:
        print("#   TFTP: " + str(refusal))
    if os.path.isdir(ground.servers.INSTALLER):
        tug.add_image("debian-12", "x")
        kernel = "/images/debian-12/debian-installer/amd64/linux"
        wait_until(10, "the image", lambda: http_get(g, kernel)[0] != 404)
        for name in (kernel, "/disk/boot.img"):
            check(http_get(g, name)[0] == 403, name + " by HTTP")
            check(get(g, name)[0] == 403, name + " by HTTPS without a certificate")
            check(get(g, name, pair=pair)[0] == 200, name + " with one")
    check(http_get(g, "/snponly.efi")[0] == 200, "the loader is refused")
    check(http_get(g, "/boot.ipxe")[0] == 200, "the script is refused")
    try:
        status = get(g, "/secret.cfg", pair=stranger)[0]
        check(False, "a stranger's certificate: %d" % status)
    except (ssl.SSLError, ConnectionError):
        pass
    tug.expect_event(r"is not from a CA named by https\.client-ca", 5)
    tug.end()


if __name__ == "__main__":
    ground.main((first_start, addresses_change, own_certificate, port_taken, certificates_of_machines))

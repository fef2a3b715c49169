"""OVMF's HTTPS Boot: a machine whose firmware has our CA loads iPXE by TLS and reaches the kernel; one
that has another CA is refused by its own firmware, and its timeline says so."""
import os
import subprocess

TITLE = "UEFI HTTPS Boot with our CA enrolled; refused with another one, and the timeline says why"
KINDS = ("uefi-http",)
CACERTS = "etc/edk2/https/cacerts"
GOOD, BAD = "52:54:00:88:00:01", "52:54:00:88:00:02"


def wrong_ca(lab):
    """The signature list of a CA of the same make that issued nothing here."""
    other = lab.path("other")
    os.makedirs(other)
    der = os.path.join(other, "ca.der")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "9000",
                    "-keyout", os.path.join(other, "key.pem"), "-subj", "/CN=another CA",
                    "-addext", "basicConstraints=critical,CA:TRUE", "-outform", "DER", "-out", der],
                   check=True, capture_output=True)
    with open(der, "rb") as file:
        certificate = file.read()
    size = 16 + len(certificate)
    x509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
    path = os.path.join(other, "ca.esl")
    with open(path, "wb") as out:
        out.write(x509 + (28 + size).to_bytes(4, "little") + bytes(4) + size.to_bytes(4, "little")
                  + bytes(16) + certificate)
    return path


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", token, menu={"timeout": "5s", "default": "debian-12"},
                          https={"offer": True}, chains=["ipxe"]).start()
    server.expect_event(r"HTTPS has a certificate for", 60)
    ours = lab.path("ca.esl")
    server.tool("ca", "export", "--form", "esl", "--output", ours)

    good = trial.machine(lab, "uefi-http", "good", GOOD, firmware=[(CACERTS, ours)]).start()
    good.expect(r"URI: https://192\.168\.77\.1/\S*\.efi", 120)
    good.expect(r"iPXE initialising devices", 90)
    seen = good.expect_kernel(token)[0]
    seconds = good.seconds()
    good.stop()

    bad = trial.machine(lab, "uefi-http", "bad", BAD, firmware=[(CACERTS, wrong_ca(lab))]).start()
    bad.expect(r"URI: https://192\.168\.77\.1/\S*\.efi", 120)
    told = server.expect_event(r"%s.*TLS: the machine does not trust this CA.*" % BAD, 60)[0]
    return "console: %s (%.0f s after power-on)\n%s" % (seen, seconds, told.strip())

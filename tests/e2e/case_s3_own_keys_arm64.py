"""An arm64 machine in Setup Mode is told the enrol program itself by HTTP Boot, no loader in between,
and enrols the keys."""
TITLE = "own keys on arm64: the enrol program by HTTP Boot"
KINDS = ("arm64-http",)


def run(trial):
    trial.need_tugboot()
    lab = trial.lab()
    server = trial.server(lab, "server", trial.token(), loaders=[lab.path("loaders")])
    mac = "52:54:00:0e:4b:02"
    server.tool("keys", "init", "--name", "tugboot lab")
    server.tool("keys", "enroll-media", "--only-own", "--image", "--output", lab.path("media"))
    server.start()
    server.tool("host", "add", "fresh", "--mac", mac, "--loader", "direct")
    server.tool("keys", "enroll", "fresh", "--arch", "efi-arm64")
    machine = trial.machine(lab, "arm64-http", name="fresh", mac=mac).start()
    machine.expect(r"URI: http://\S*enroll-arm64\.efi", 300)
    machine.expect(r"the machine is in Setup Mode", 120)
    machine.expect(r"3/3 PK: enrolled, 1 in it", 60)
    machine.expect(r"the machine has left Setup Mode", 30)
    return "enrolled %.0f s after power-on" % machine.seconds()

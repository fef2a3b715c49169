"""Two hosts with different assignments; a one-shot next boot that the following boot has forgotten."""
TITLE = "two hosts, different assignments; one-shot next boot, then the default again"
KINDS = ("bios",)
FIRST, SECOND = "52:54:00:77:00:01", "52:54:00:77:00:02"


def run(trial):
    trial.need_tugboot()
    blue, red = trial.token(), trial.token()
    lab = trial.lab()
    server = trial.server(lab, "server", blue)
    server.add_image("debian-red", red)
    server.start()
    server.tool("host", "add", "first", "--mac", FIRST, "--boot", "debian-12")
    server.tool("host", "add", "second", "--mac", SECOND, "--boot", "debian-red")
    one = trial.machine(lab, "bios", "first", FIRST)
    two = trial.machine(lab, "bios", "second", SECOND)
    one.start().expect_kernel(blue)
    one.stop()
    two.start().expect_kernel(red)
    two.stop()
    server.tool("host", "set", "first", "--next-boot", "debian-red")
    one.start().expect_kernel(red)
    one.stop()
    one.start().expect_kernel(blue)
    return "first: %s, once %s, %s again; second: %s" % (blue, red, blue, red)

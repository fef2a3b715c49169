"""Beside a plain foreign DHCP server, tugboot as proxy: the machine is nobody's in particular, so its
disk has the menu with the files of all images, and the menu's default starts from the disk."""
import case_9a_secure_http_disk as assigned

TITLE = "proxy beside a DHCP server: Secure Boot by HTTP Boot, the boot disk with the menu"
KINDS = assigned.KINDS


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab(foreign=True)
    server = trial.server(lab, "proxy", token, menu={
        "title": "Menu " + token, "timeout": "5s", "default": "debian-12"}).start()
    machine = trial.machine(lab, "secure-http").start()
    assigned.expect_disk(machine, server, "menu")
    machine.expect("Menu " + token, 60)
    seen = machine.expect_kernel(token)[0]
    assigned.expect_secure(machine)
    if assigned.asked_besides(machine, server):
        raise AssertionError("more than the disk was asked for: %s" %
                             assigned.asked_besides(machine, server))
    machine.expect_installer()
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

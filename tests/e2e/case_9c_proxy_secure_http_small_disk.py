"""As case 9b, where the images are too large for a disk: it has the menu alone. Its GRUB gets an
address from the foreign DHCP server by itself and fetches what is chosen from tugboot by TFTP."""
import case_9a_secure_http_disk as assigned

TITLE = "proxy beside a DHCP server: Secure Boot by HTTP Boot, the small disk, kernel by TFTP"
KINDS = assigned.KINDS


def run(trial):
    trial.need_tugboot()
    token = trial.token()
    lab = trial.lab(foreign=True)
    server = trial.server(lab, "proxy", token, bootdisk={"menu-max": 0}, menu={
        "title": "Menu " + token, "timeout": "5s", "default": "debian-12"}).start()
    machine = trial.machine(lab, "secure-http").start()
    assigned.expect_disk(machine, server, "menu")
    machine.expect("Menu " + token, 120)
    server.expect_event(r"has \S*images/debian-12/\S*linux: .* by TFTP", 240)
    seen = machine.expect_kernel(token, 600)[0]
    assigned.expect_secure(machine)
    server.expect_event(r"debian-12 is on its way")
    return "console: %s (%.0f s after power-on)" % (seen, machine.seconds())

"""As case 4, with the address from a plain foreign DHCP server and the boot from tugboot as proxy."""
import case_4_uefi_http as alone

TITLE = "proxy beside a DHCP server: UEFI HTTP Boot, kernel"
KINDS = alone.KINDS


def run(trial):
    if trial.server_class.name == "reference":
        trial.need_tugboot()  # dnsmasq's proxy mode knows no HTTP Boot
    return alone.boot(trial, "proxy", foreign=True)

"""As case 3, with the address from a plain foreign DHCP server and the boot from tugboot as proxy."""
import case_3_uefi_pxe as alone

TITLE = "proxy beside a DHCP server: UEFI PXE IPv4, kernel"
KINDS = alone.KINDS


def run(trial):
    return alone.boot(trial, "proxy", foreign=True)

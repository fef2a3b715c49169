"""As case 3, with the machine on another network behind a DHCP relay and a router."""
import case_3_uefi_pxe as alone

TITLE = "behind a relay: UEFI PXE IPv4, kernel"
KINDS = alone.KINDS


def run(trial):
    return alone.boot(trial, relay=True)

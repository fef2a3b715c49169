"""As case 4, with the machine on another network behind a DHCP relay and a router."""
import case_4_uefi_http as alone

TITLE = "behind a relay: UEFI HTTP Boot, kernel"
KINDS = alone.KINDS


def run(trial):
    return alone.boot(trial, relay=True)

"""dnsmasq with the settings of `tugboot dhcp-snippet dnsmasq` hands real firmware over to tugboot."""
import other_dhcp

TITLE = "dnsmasq by dhcp-snippet: UEFI PXE and HTTP Boot are handed over"
KINDS = ("uefi-pxe", "uefi-http")


def run(trial):
    return other_dhcp.boot(trial, "dnsmasq")

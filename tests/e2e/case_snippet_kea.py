"""Kea with the settings of `tugboot dhcp-snippet kea` hands real firmware over to tugboot."""
import other_dhcp

TITLE = "Kea by dhcp-snippet: UEFI PXE and HTTP Boot are handed over"
KINDS = ("uefi-pxe", "uefi-http")


def run(trial):
    return other_dhcp.boot(trial, "kea")

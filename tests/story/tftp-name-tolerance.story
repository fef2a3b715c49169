story   tftp-name-tolerance
claims  names as firmware writes them
why     Backslashes, double slashes, case and wrong folders lead to the loader.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches \\boot\\IPXE.EFI by tftp
        expect served loader path=ipxe.efi
        c1 fetches //ipxe.efi by tftp
        expect served loader path=ipxe.efi
        c1 fetches /some/where/ipxe.efi by tftp
        expect served loader path=ipxe.efi

story   pxe-arch-list
claims  RFC 4578 2.1
why     Option 93 may be a list: the first of a kind that can be booted counts.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe option93=hex:00030007
at 0s   c1 sends discover
        expect offer file="ipxe.efi"

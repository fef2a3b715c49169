story   pxe-many-options
claims  RFC 3396
why     A vendor class over 255 bytes, split in two, is one value to the server.
config  fixtures/proxy.yaml
machine c1 arch=7 vendor="PXEClient:Arch:00007:UNDI:003016:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
at 0s   c1 sends discover
        expect offer file="ipxe.efi"

story   pxe-uefi-arm64
claims  RFC 4578; IANA architecture 11
why     UEFI of arm64 gets the loader of its own instruction set.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=11 vendor="PXEClient:Arch:00011:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="snponly-arm64.efi" pxe=hex:060108ff

story   pxe-uefi-arm32
claims  RFC 4578; IANA architecture 10
why     UEFI of arm32 gets the loader of its own instruction set.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=10 vendor="PXEClient:Arch:00010:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="snponly-arm32.efi" pxe=hex:060108ff

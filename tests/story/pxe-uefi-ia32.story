story   pxe-uefi-ia32
claims  RFC 4578; IANA architecture 6
why     UEFI of ia32 gets the loader of its own instruction set.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=6 vendor="PXEClient:Arch:00006:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="ipxe-i386.efi" pxe=hex:060108ff

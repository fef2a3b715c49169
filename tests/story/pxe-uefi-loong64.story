story   pxe-uefi-loong64
claims  RFC 4578; IANA architecture 39
why     UEFI of loong64 gets the loader of its own instruction set.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=39 vendor="PXEClient:Arch:00039:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="snponly-loong64.efi" pxe=hex:060108ff

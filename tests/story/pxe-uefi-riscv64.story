story   pxe-uefi-riscv64
claims  RFC 4578; IANA architecture 27
why     UEFI of riscv64 gets the loader of its own instruction set.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=27 vendor="PXEClient:Arch:00027:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="snponly-riscv64.efi" pxe=hex:060108ff

story   pxe-arch-from-class
claims  RFC 4578 2.1; PXE 2.1 class identifier
why     When option 93 is absent, the number in option 60 counts.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient:Arch:00007:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="ipxe.efi"

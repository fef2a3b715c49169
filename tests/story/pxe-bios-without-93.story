story   pxe-bios-without-93
claims  ROMs older than RFC 4578
why     A PXEClient without option 93 and without a number in its class is a BIOS.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient"
at 0s   c1 sends discover
        expect offer file="undionly.kpxe"

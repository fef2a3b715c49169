story   pxe-bios-proxy
claims  PXE 2.1 2.2; SeaBIOS, Intel Boot Agent
why     A BIOS ROM is given undionly.kpxe, NUL-terminated in file.
config  fixtures/proxy.yaml
machine c1 is bios
at 0s   c1 sends discover
        expect offer vendor="PXEClient" pxe=hex:060108ff file="undionly.kpxe" boot="undionly.kpxe" next=ours
        c1 fetches undionly.kpxe by tftp
        expect served loader path=undionly.kpxe

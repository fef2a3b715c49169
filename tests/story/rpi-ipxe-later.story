story   rpi-ipxe-later
claims  Raspberry Pi running iPXE
why     iPXE on a Raspberry Pi is iPXE, not the boot ROM.
config  fixtures/proxy.yaml
machine c1 is ipxe mac=dc:a6:32:00:00:01 arch=11
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe" pxe=hex:060108ff

story   quirk-rpi-3
claims  Raspberry Pi boot ROM; quirks RPI_3 and RPI_3_LATE
why     It believes a server only with its menu text in option 43.
config  fixtures/proxy.yaml
machine c1 is raspberry-pi-3 mac=b8:27:eb:00:00:01
at 0s   c1 sends discover
        expect offer vendor="PXEClient" pxe~"Raspberry Pi Boot" next=ours tftp="192.0.2.1" delay=1s

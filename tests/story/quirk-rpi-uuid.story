story   quirk-rpi-uuid
claims  Raspberry Pi boot ROM; quirk RPI_UUID
why     It believes a server only with its menu text in option 43.
config  fixtures/proxy.yaml
machine c1 is raspberry-pi-4
at 0s   c1 sends discover
        expect offer vendor="PXEClient" pxe~"Raspberry Pi Boot" next=ours tftp="192.0.2.1" delay=0s

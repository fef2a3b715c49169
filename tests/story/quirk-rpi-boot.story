story   quirk-rpi-boot
claims  Raspberry Pi boot ROM; quirk RPI_BOOT; IANA architecture 41
why     It believes a server only with its menu text in option 43.
config  fixtures/proxy.yaml
machine c1 is raspberry-pi-3 mac=52:54:00:00:00:77 arch=41 vendor="PXEClient:Arch:00041:UNDI:002001"
at 0s   c1 sends discover
        expect offer vendor="PXEClient" pxe~"Raspberry Pi Boot" next=ours tftp="192.0.2.1" delay=0s

story   u-boot-server
claims  U-Boot net/bootp.c
why     U-Boot takes an address and siaddr, and gets neither 60 nor 43.
config  fixtures/server.yaml
machine c1 is u-boot
at 0s   c1 sends discover
        expect offer vendor=none pxe=none lease=1h
at 1s   c1 sends request server=ours wants=offered
        expect ack vendor=none pxe=none address=offered

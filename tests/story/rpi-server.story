story   rpi-server
claims  Raspberry Pi in server mode
why     The boot ROM gets address and menu text in one offer, and again in the ACK.
config  fixtures/server.yaml
machine c1 is raspberry-pi-4
at 0s   c1 sends discover
        expect offer pxe~"Raspberry Pi Boot" vendor="PXEClient" lease=1h to=hardware
at 1s   c1 sends request server=ours wants=offered
        expect ack pxe~"Raspberry Pi Boot" address=offered

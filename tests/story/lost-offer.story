story   lost-offer
claims  retransmission
why     When the OFFER is lost, the next DISCOVER gets the same address.
config  fixtures/server.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer
at 4s   c1 sends discover secs=4
        expect offer address=offered
at 12s  c1 sends request server=ours wants=offered
        expect ack address=offered

story   lost-ack
claims  retransmission
why     When the ACK is lost, the same REQUEST gets it again, with nothing new to store.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        expect change active
at 4s   c1 sends request server=ours wants=offered
        expect ack address=offered
        expect change none

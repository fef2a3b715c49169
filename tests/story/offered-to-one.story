story   offered-to-one
claims  RFC 2131 4.3.1: an offer is held for its machine
why     What was offered to one machine is neither offered nor granted to another while it is held.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        expect offer address=192.0.2.50
        c2 sends discover wants=192.0.2.50
        expect silence
        c2 sends request server=ours wants=192.0.2.50
        expect nak
        c1 sends request server=ours wants=offered
        expect ack address=192.0.2.50

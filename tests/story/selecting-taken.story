story   selecting-taken
claims  RFC 2131 4.3.2: an address is with one machine
why     A REQUEST to us, by any of its kinds, for an address that is with another machine is refused.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack address=192.0.2.50
        c2 sends request server=ours wants=192.0.2.50
        expect nak message~"another machine"
        expect change none
        c2 sends request wants=192.0.2.50
        expect nak
        c2 sends request from=192.0.2.50 to=ours
        expect nak
        c2 sends request from=192.0.2.50
        expect silence
        expect lease 192.0.2.50 is c1

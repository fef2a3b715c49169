story   store-refuses-then-another
claims  no ACK without its lease on disk
why     A lease that could not be stored is nobody's: the next machine may have the address.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        store refuses
        c1 sends request server=ours wants=offered
        expect silence
        expect lease 192.0.2.50 is free
        store works
        c2 sends discover
        expect offer address=192.0.2.50
        c2 sends request server=ours wants=offered
        expect ack
        c1 sends request server=ours wants=192.0.2.50
        expect nak
        server restarts
        expect lease 192.0.2.50 is c2

story   store-refuses-new
claims  no ACK without its lease on disk
why     A new lease is not acknowledged while the store takes nothing; it is when the store works again.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   store refuses
        c1 sends discover
        expect offer
        c1 sends request server=ours wants=offered
        expect silence
at 4s   store works
        c1 sends request server=ours wants=offered
        expect ack address=offered lease=1h

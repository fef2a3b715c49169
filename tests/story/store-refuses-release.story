story   store-refuses-release
claims  no ACK without its lease on disk
why     A release that cannot be stored is as if it had not come: a restart would bring the lease back.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        store refuses
        c1 sends release from=offered to=ours
        expect lease 192.0.2.50 is c1
        c2 sends discover
        expect silence

story   restart-keeps-declined
claims  leases are durable
why     A declined address is out of use after a restart too.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        c1 sends decline server=ours wants=offered
        server restarts
        c2 sends discover
        expect silence
at 11m  c2 sends discover
        expect offer address=192.0.2.50

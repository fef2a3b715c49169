story   restart-forgets-offers
claims  leases are durable
why     An offer is no promise: after a restart its REQUEST is granted if the address is free.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect offer
        server restarts
        c1 sends request server=ours wants=offered
        expect ack address=offered
        expect change active

story   restart-after-expiry
claims  leases are durable
why     A lease that ended while the server was down is free, and offered to its former machine.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        clock jumps +2h
        server restarts
        expect lease 192.0.2.50 is free
        c2 sends discover
        expect offer address=192.0.2.50

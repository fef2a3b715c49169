story   restart-remembers
claims  leases are durable
why     After a restart every acknowledged lease is with its machine, and with no other.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
at 10m  server restarts
        expect lease 192.0.2.50 is c1
        c2 sends discover
        expect silence
        c1 sends request from=offered to=ours
        expect ack address=192.0.2.50

story   reservation
claims  host addresses
why     A host's address is given to it and to nobody else, inside the pool or outside.
config  fixtures/hosts.yaml
machine node1 is dhclient mac=52:54:00:00:00:01
machine node2 is dhclient mac=52:54:00:00:00:02
machine c3 is dhclient mac=52:54:00:00:00:03
machine c4 is dhclient mac=52:54:00:00:00:04
at 0s   c3 sends discover
        expect offer address=192.0.2.50
        c4 sends discover
        expect silence
        expect event DHCP_POOL_EMPTY
        node1 sends discover
        expect offer address=192.0.2.20
        node2 sends discover
        expect offer address=192.0.2.51
        c4 sends request server=ours wants=192.0.2.51
        expect nak

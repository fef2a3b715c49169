story   one-machine-two-networks
claims  a machine that moves
why     The same machine may hold an address in each network.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack lease=1h
at 1m   c1 sends discover relay=198.51.100.1
        c1 sends request server=ours wants=offered relay=198.51.100.1
        expect ack lease=2h

story   selecting-refused
claims  RFC 2131 4.3.2
why     A REQUEST to us for an address that is with another machine is refused.
config  fixtures/server.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        c2 sends request server=ours wants=192.0.2.200
        expect nak message~"not for this machine"

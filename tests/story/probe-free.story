story   probe-free
claims  RFC 2131 2.2: probe before first use
why     The offer waits until the wire has been asked; a retransmission waits with it.
config  fixtures/probe.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect probe any
        probe free
        expect offer
        c1 sends request server=ours wants=offered
        expect ack
at 1m   c1 sends discover
        expect offer address=offered

story   probe-retransmission
claims  RFC 2131 2.2
why     A DISCOVER that comes again during the probe is not answered twice.
config  fixtures/probe.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect probe any
at 1s   c1 sends discover
        expect silence

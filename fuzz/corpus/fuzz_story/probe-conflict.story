story   probe-conflict
claims  RFC 2131 2.2: address in use
why     An address somebody has is put aside and the next one is tried.
config  fixtures/probe.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect probe any
        probe taken by=02:00:00:00:00:99
        expect probe any
        expect change declined
        expect event DHCP_PROBE_CONFLICT owner="02:00:00:00:00:99"
        probe free
        expect offer

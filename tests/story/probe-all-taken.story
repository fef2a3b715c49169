story   probe-all-taken
claims  RFC 2131 2.2
why     When every address is in use by others the pool counts as empty.
config  fixtures/probe.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        probe taken
        probe taken
        expect silence
        expect event DHCP_POOL_EMPTY

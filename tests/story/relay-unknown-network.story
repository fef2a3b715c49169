story   relay-unknown-network
claims  RFC 2131 4.3.1
why     A relay of a network that is not configured gets no answer.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover relay=172.16.0.1
        expect silence
        expect event DHCP_IGNORED reason~"no subnet"

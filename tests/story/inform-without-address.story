story   inform-without-address
claims  RFC 2131 4.3.5
why     An INFORM without ciaddr is refused by name.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends inform
        expect silence
        expect event DHCP_REFUSED name="ADDRESS_MISSING"

story   request-ill-formed
claims  RFC 2131 4.3.6, table 4
why     A REQUEST of no state is refused by name.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends request
        expect silence
        expect event DHCP_REFUSED name="REQUEST_ILL_FORMED"

story   renewing-another-network
claims  RFC 2131 4.3.2
why     A rebinding client with an address that is of no network here is told to start over.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends request from=10.0.0.7
        expect nak to=broadcast

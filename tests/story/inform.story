story   inform
claims  RFC 2131 4.3.5
why     An INFORM is answered to ciaddr without address and lease time.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends inform from=192.0.2.99
        expect ack to=192.0.2.99:68 address=none lease=none mask=255.255.255.0 router=192.0.2.254 domain="lab.example"
        expect change none

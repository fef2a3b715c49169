story   init-reboot-relayed-nak
claims  RFC 2131 4.3.2: NAK through a relay
why     A NAK goes to the relay with the broadcast flag, since the client has no right to its address.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends request wants=10.0.0.7 relay=198.51.100.1
        expect nak to=198.51.100.1:67

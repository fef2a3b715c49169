story   relay-link-selection
claims  RFC 3527
why     82.5 chooses the network, giaddr where the reply goes.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover relay=198.51.100.1 link=203.0.113.0
        expect offer to=198.51.100.1:67 address~hex:cb0071 lease=3h relay-info=hex:0504cb007100

story   relay-82-without-giaddr
claims  RFC 3046 2.1
why     Option 82 of a client that is not relayed is echoed and does not choose the network.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover relay-info=hex:0102aabb
        expect offer address~hex:c00002

story   subnet-selection-118
claims  RFC 3011
why     Option 118 chooses the network and is echoed.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover relay=198.51.100.1 subnet=203.0.113.0
        expect offer subnet=203.0.113.0 lease=3h address~hex:cb0071

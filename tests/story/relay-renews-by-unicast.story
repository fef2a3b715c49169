story   relay-renews-by-unicast
claims  RFC 2131 4.3.2: RENEWING behind a router
why     A renewal by unicast from another network needs no relay to find its subnet.
config  fixtures/subnets.yaml
machine c1 is dhclient
at 0s   c1 sends discover relay=198.51.100.1
        c1 sends request server=ours wants=offered relay=198.51.100.1
        expect ack lease=2h
at 1h   c1 sends request from=offered to=ours
        expect ack lease=2h router=198.51.100.254

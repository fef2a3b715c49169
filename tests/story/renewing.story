story   renewing
claims  RFC 2131 4.3.2: RENEWING
why     A unicast REQUEST with ciaddr extends the lease, and is answered to ciaddr.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
at 30m  c1 sends request from=offered to=ours
        expect ack address=offered from=offered lease=1h
        expect change active
at 1h20m c1 sends request from=offered to=ours
        expect ack lease=1h

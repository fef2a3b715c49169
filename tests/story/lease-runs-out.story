story   lease-runs-out
claims  RFC 2131 4.4.5
why     After its end a lease is another machine's, but the former one is preferred while it is free.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack lease=1h
        expect lease 192.0.2.50 is c1
at 59m59s c2 sends discover
        expect silence
at 1h1s expect lease 192.0.2.50 is free
        c1 sends discover
        expect offer address=192.0.2.50
at 1h4m c2 sends discover
        expect offer address=192.0.2.50

story   client-asks-less-time
claims  RFC 2131 4.3.1
why     A client may ask for a shorter lease, not for a longer one.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover lease=10m
        expect offer lease=10m renewal=5m
        c1 sends discover lease=2d
        expect offer lease=1h
        c1 sends discover lease=1s
        expect offer lease=1m

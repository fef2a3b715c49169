story   offer-runs-out
claims  RFC 2131 4.3.1
why     An offer nobody took is free after its time.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        expect offer
at 2m1s c2 sends discover
        expect offer address=192.0.2.50
        c1 sends request server=ours wants=192.0.2.50
        expect nak

story   release
claims  RFC 2131 4.3.4
why     A released address is free for others; only its holder may release it.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        expect lease 192.0.2.50 is c1
        c2 sends release from=192.0.2.50 to=ours
        expect change none
        c1 sends release from=192.0.2.50 to=ours
        expect silence
        expect change released 192.0.2.50
        expect lease 192.0.2.50 is free
        c2 sends discover
        expect offer address=192.0.2.50

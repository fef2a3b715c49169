story   decline
claims  RFC 2131 4.3.3
why     A declined address is kept out of use for ten minutes; only its holder may decline it.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack address=192.0.2.50
at 1s   c2 sends decline server=ours wants=192.0.2.50
        expect change none
at 2s   c1 sends decline server=ours wants=192.0.2.50
        expect silence
        expect change declined 192.0.2.50
        expect event DHCP_DECLINE
        c1 sends discover
        expect silence
        expect event DHCP_POOL_EMPTY
at 11m  c2 sends discover
        expect offer address=192.0.2.50

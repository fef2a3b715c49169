story   other-server-chosen
claims  RFC 2131 4.3.2: SELECTING another server
why     A REQUEST for another server frees our offer, silently.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        expect offer address=192.0.2.50
        c2 sends discover
        expect silence
at 1s   c1 sends request server=192.0.2.9 wants=192.0.2.99
        expect silence
        expect event DHCP_OTHER_CHOSEN server="192.0.2.9"
at 2s   c2 sends discover
        expect offer address=192.0.2.50

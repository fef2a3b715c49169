story   rebinding-unknown
claims  RFC 2131 4.3.2: REBINDING
why     An unknown client that rebinds may be another server's: silence.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends request from=192.0.2.55
        expect silence

story   release-comes-back
claims  RFC 2131 4.3.1: the former address
why     Who gave its address back gets it again while nobody else has it.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        c1 sends release from=offered to=ours
        expect change released
at 1h   c1 sends discover
        expect offer address=offered

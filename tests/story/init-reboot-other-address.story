story   init-reboot-other-address
claims  RFC 2131 4.3.2
why     A known client that asks for another address is refused.
config  fixtures/server.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        c2 sends discover
        c2 sends request server=ours wants=offered
        expect ack
at 1m   c1 sends request wants=192.0.2.59
        expect nak

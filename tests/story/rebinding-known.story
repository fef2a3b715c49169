story   rebinding-known
claims  RFC 2131 4.3.2: REBINDING
why     A broadcast REQUEST with ciaddr of a known client is answered.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
at 55m  c1 sends request from=offered
        expect ack address=offered lease=1h

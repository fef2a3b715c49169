story   init-reboot-known
claims  RFC 2131 4.3.2: INIT-REBOOT
why     A known client that reboots has its address confirmed.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
at 10m  c1 sends request wants=offered
        expect ack address=offered

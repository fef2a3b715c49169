story   init-reboot-wrong-subnet
claims  RFC 2131 4.3.2: INIT-REBOOT on the wrong network
why     A machine that moved is told so at once by a broadcast NAK.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends request wants=10.0.0.7
        expect nak to=broadcast address=none server=ours message~"another network" lease=none

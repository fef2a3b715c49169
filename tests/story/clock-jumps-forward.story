story   clock-jumps-forward
claims  a clock set right after start
why     The calendar jumps: leases end when it was promised on the steady clock.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack lease=1h
at 10m  clock jumps +8760h
        c2 sends discover
        expect silence
        expect lease 192.0.2.50 is c1
at 30m  c1 sends request from=offered to=ours
        expect ack lease=1h
at 1h1m c2 sends discover
        expect silence

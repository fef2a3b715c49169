story   clock-jumps-back
claims  a clock set right after start
why     The calendar jumps back: no lease is held for years.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
at 10m  clock jumps -8760h
at 1h1m c2 sends discover
        expect offer address=192.0.2.50

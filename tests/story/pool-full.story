story   pool-full
claims  no address left
why     A full pool is told once per asker, and known machines go on.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        c2 sends discover
        expect silence
        expect event DHCP_POOL_EMPTY subnet="192.0.2.0/24"
        c1 sends discover
        expect offer address=192.0.2.50

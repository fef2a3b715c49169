story   pool-offer-nobody-took
claims  no address left
why     Machines that were never there must not keep the pool for as long as an offer is held.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        expect offer address=192.0.2.50
at 39s  c2 sends discover
        expect silence
        expect event DHCP_POOL_EMPTY subnet="192.0.2.0/24"
at 41s  c2 sends discover
        expect offer address=192.0.2.50
        c1 sends request server=ours wants=offered
        expect nak
        c2 sends request server=ours wants=offered
        expect ack

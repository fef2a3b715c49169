story   store-refuses-decline
claims  RFC 2131 4.3.3; a full disk
why     An address that was declined stays out of use for its time though that could not be stored.
config  fixtures/one-address.yaml
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack
        store refuses
        c1 sends decline server=ours wants=offered
        expect silence
        c2 sends discover
        expect silence

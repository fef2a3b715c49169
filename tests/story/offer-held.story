story   offer-held
claims  RFC 2131 4.3.1; EDK2 waits out its window
why     An offer is held for two minutes, for forty seconds even when no other address is free.
config  fixtures/one-address.yaml
machine c1 is edk2-pxe
machine c2 is dhclient
at 0s   c1 sends discover
        expect offer address=192.0.2.50
at 35s  c2 sends discover
        expect silence
at 36s  c1 sends request server=ours wants=offered
        expect ack address=192.0.2.50

story   broadcom-server
claims  rhboot/shim-review 319; RFC 2131 2
why     The same where tugboot gives the addresses: siaddr stands in offer and acknowledgement.
config  fixtures/server.yaml
loaders broadcom-ipxe.efi
machine c1 is ipxe
at 0s   c1 sends discover
        expect offer next=ours
at 1s   c1 sends request server=ours wants=offered
        expect ack next=ours

story   client-id-changes
claims  one address through a boot
why     Firmware, iPXE and the system send other client identifiers; the hardware address keeps the lease.
config  fixtures/server.yaml
machine rom is edk2-pxe mac=52:54:00:00:00:0a id=hex:0000010203
machine ipxe is ipxe mac=52:54:00:00:00:0a id=hex:0152540000000a
machine os is dhclient mac=52:54:00:00:00:0a id=hex:ff0000000a0001
machine other is dhclient
at 0s   rom sends discover
        rom sends request server=ours wants=offered
        expect ack
        ipxe sends discover
        ipxe sends request server=ours wants=offered
        expect ack
        os sends discover
        os sends request server=ours wants=offered
        expect ack
        expect change none

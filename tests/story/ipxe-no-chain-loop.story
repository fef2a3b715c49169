story   ipxe-no-chain-loop
claims  chain loops of iPXE
why     Firmware gets a loader; iPXE, on the same machine, never a loader again but its script.
config  fixtures/server.yaml
image debian-12
machine rom is edk2-pxe mac=52:54:00:00:00:0a
machine ipxe is ipxe mac=52:54:00:00:00:0a
at 0s   rom sends discover
        expect offer boot="ipxe.efi"
at 1s   rom sends request server=ours wants=offered
        expect ack boot="ipxe.efi"
        rom fetches offered by tftp
        expect served loader path=ipxe.efi
at 5s   ipxe sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"
at 6s   ipxe sends request server=ours wants=offered
        expect ack boot="http://192.0.2.1/boot.ipxe"
        expect change none
        ipxe fetches offered by http
        expect served script has="#!ipxe" lacks="ipxe.efi"
        ipxe fetches boot.ipxe?mac=52:54:00:00:00:0a by http
        expect served script has="debian-12" lacks="ipxe.efi"

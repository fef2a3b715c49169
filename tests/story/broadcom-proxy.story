story   broadcom-proxy
claims  rhboot/shim-review 319; ipxe autoboot
why     Broadcom's signed iPXE takes the server for port 4433 from siaddr: it must stand in every answer of a proxy, too, and in those to its firmware before it runs.
config  fixtures/proxy.yaml
loaders broadcom-ipxe.efi
image   debian-12
machine fw is edk2-pxe
machine c1 is ipxe
at 0s   fw sends discover
        expect offer next=ours file="broadcom-ipxe.efi"
        fw sends request port=4011 from=192.0.2.99
        expect ack next=ours file="broadcom-ipxe.efi"
at 5s   c1 sends discover
        expect offer address=none next=ours
        c1 sends request port=4011 from=192.0.2.99
        expect ack next=ours
        c1 fetches /ALTIRIS/ipxe/getpxescript.ASPX by http
        expect served script what="menu" lacks="param"

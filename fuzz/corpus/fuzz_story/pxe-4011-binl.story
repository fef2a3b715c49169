story   pxe-4011-binl
claims  PXE 2.1 2.2.3; EDK2 PxeBcDhcp4Discover
why     The boot server discovery is answered to the source address and port 4011, with no address.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe broadcast=no
at 0s   c1 sends request port=4011 from=192.0.2.99
        expect ack to=192.0.2.99:4011 address=none next=ours file="ipxe.efi" boot="ipxe.efi" vendor="PXEClient" pxe=hex:060108ff lease=none
        expect event DHCP_PXE_ACK_SENT

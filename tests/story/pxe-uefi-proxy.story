story   pxe-uefi-proxy
claims  PXE 2.1 2.2; EDK2 PxeBcDhcp4.c
why     One proxy offer with 43.6 = 8 and the file: EDK2 loads it without a second exchange.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer address=none next=ours server=ours vendor="PXEClient" pxe=hex:060108ff boot="ipxe.efi" file="ipxe.efi" tftp="192.0.2.1" lease=none mask=none
        expect offer uuid=hex:0001020304050607080910111213141516 to=broadcast
        c1 fetches offered by tftp
        expect served loader path=ipxe.efi

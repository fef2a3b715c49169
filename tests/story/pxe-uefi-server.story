story   pxe-uefi-server
claims  PXE 2.1 2.2; firmware rule 2
why     In server mode option 60 never goes without 43, in the OFFER and again in the ACK.
config  fixtures/server.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer vendor="PXEClient" pxe=hex:060108ff boot="ipxe.efi" file="ipxe.efi" next=ours
at 4s   c1 sends request server=ours wants=offered
        expect ack vendor="PXEClient" pxe=hex:060108ff boot="ipxe.efi" file="ipxe.efi" next=ours server=ours

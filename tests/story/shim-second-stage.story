story   shim-second-stage
claims  shim: second stage (shim#300, #436, #524)
why     A shim gets its second stage whatever folder it asks in, also when it lost or doubled it.
loaders ipxe.efi shimx64.efi grubx64.efi
config  fixtures/server.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches /loaders/grub/shimx64.efi by tftp
        expect served loader path=shimx64.efi
        c1 fetches loaders/grub//grubx64.efi by tftp
        expect served loader path=grubx64.efi
        c1 fetches \loaders\grub\shimx64.efi by tftp
        expect served loader path=shimx64.efi
        c1 fetches grubx64.efi by tftp
        expect served loader path=grubx64.efi

story   shim-boot-entry-text
claims  shim: words of the boot entry as a name (shim#649, #696)
why     Dell's and Lenovo's firmware makes shim ask for a word of the boot entry: it gets its second stage, once.
loaders ipxe.efi shimx64.efi grubx64.efi
config  fixtures/server.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches shimx64.efi by tftp
        c1 fetches ?Onboard by tftp
        expect served loader path=grubx64.efi
        c1 fetches ?Onboard by tftp
        expect nothing
        c1 fetches shimx64.efi by http
        c1 fetches //?USB by http
        expect served loader path=grubx64.efi

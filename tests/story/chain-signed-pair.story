story   chain-signed-pair
claims  the iPXE project's signed pair is told with its folder
why     Its shim asks beside itself for its second stage, whose name Debian's unsigned one has too.
loaders snponly-shimx64.efi snponly.efi ipxe.efi shimx64.efi grubx64.efi
config  fixtures/server.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer boot="loaders/snponly-shim/snponly-shimx64.efi"
        c1 fetches offered by tftp
        expect served loader path=snponly-shimx64.efi

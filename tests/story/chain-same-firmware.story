story   chain-same-firmware
claims  what started a machine goes first for others of its firmware
why     The second machine of a batch starts on its first try; one of another maker is unaffected.
loaders ipxe.efi snponly.efi
config  fixtures/server.yaml
machine c1 is edk2-pxe mac=52:54:00:00:00:01
machine ipxe1 is ipxe mac=52:54:00:00:00:01
machine c2 is edk2-pxe mac=52:54:00:00:00:02
machine c3 is edk2-pxe mac=02:00:5e:00:00:03
at 0s   c1 sends discover
        expect offer boot="ipxe.efi"
        c1 fetches offered by tftp
at 20s  c1 sends discover
        expect offer boot="snponly.efi"
        c1 fetches offered by tftp
at 25s  ipxe1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"
at 60s  c2 sends discover
        expect offer boot="snponly.efi"
        c3 sends discover
        expect offer boot="ipxe.efi"

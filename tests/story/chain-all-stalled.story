story   chain-all-stalled
claims  when every chain has stalled, the first begins again
why     A machine must not be left without an answer because of what happened last week.
loaders ipxe.efi snponly.efi
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer boot="ipxe.efi"
        c1 fetches offered by tftp
at 20s  c1 sends discover
        expect offer boot="snponly.efi"
        expect event CHAIN_NEXT former="ipxe" chain="snponly"
        c1 fetches offered by tftp
at 40s  c1 sends discover
        expect offer boot="ipxe.efi"
        expect event CHAIN_AGAIN chain="ipxe"
        c1 fetches offered by tftp
at 60s  c1 sends discover
        expect offer boot="snponly.efi"

story   pxe-no-loader
claims  firmware without a loader here
why     When nothing fits, the proxy is silent and says which command helps.
config  fixtures/proxy.yaml
loaders undionly.kpxe
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect silence
        expect event DHCP_NO_LOADER arch="efi-x64" hint~"apt-get install ipxe"

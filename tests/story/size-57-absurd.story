story   size-57-absurd
claims  RFC 2132 9.10
why     A size below the least counts as the least.
config  fixtures/server.yaml
machine c1 is edk2-pxe max=1
at 0s   c1 sends discover
        expect offer boot="ipxe.efi"

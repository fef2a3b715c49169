story   chain-proxy-secure-boot
claims  beside another DHCP server the signed chain to be got is named
why     GRUB takes its server from the other server, so by PXE it is left out; by HTTP Boot the disk works.
loaders ipxe.efi shimx64.efi grubx64.efi grubdiskx64.efi
config  fixtures/proxy.yaml
machine pxe is edk2-pxe
machine http is edk2-http
at 0s   pxe sends discover
        expect offer boot="ipxe.efi"
        expect event CHAIN_UNSIGNED chain="ipxe" hint~"tugboot loader fetch ipxe"
        http sends discover
        expect offer boot~"/disk/"
        expect untold CHAIN_UNSIGNED

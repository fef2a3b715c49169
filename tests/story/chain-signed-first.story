story   chain-signed-first
claims  chains that work with Secure Boot come first
why     DHCP does not tell whether Secure Boot is on: the signed chain starts machines of both kinds.
loaders ipxe.efi snponly.efi shimx64.efi grubx64.efi grubdiskx64.efi
config  fixtures/server.yaml
machine pxe is edk2-pxe
machine http is edk2-http
at 0s   pxe sends discover
        expect offer boot="shimx64.efi"
        expect event DHCP_OFFER_SENT chain="grub"
        http sends discover
        expect offer boot~"http://192.0.2.1/disk/52-54-00-00-00-"
        expect event DHCP_OFFER_SENT chain="disk"

story   hosts-loader
claims  loader set per host
why     A host's loader setting names another set for its firmware.
loaders ipxe.efi shimx64.efi grubx64.efi
config
    dhcp: {mode: proxy}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", loader: grub}
end
machine node1 is edk2-pxe
machine c2 is edk2-pxe
at 0s   node1 sends discover
        expect offer boot="shimx64.efi"
        c2 sends discover
        expect offer boot="ipxe.efi"

story   chain-pinned
claims  a host's loader pins its chain
why     Who asks for a chain by name gets it, whatever was remembered of the machine.
loaders ipxe.efi snponly.efi shimx64.efi grubx64.efi
config
    dhcp: {mode: proxy}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", loader: snponly}
      - {name: node2, mac: "52:54:00:00:00:02", chains: [snponly, ipxe]}
end
machine node1 is edk2-pxe
machine node2 is edk2-pxe
at 0s   node1 sends discover
        expect offer boot="snponly.efi"
        node1 fetches offered by tftp
        node2 sends discover
        expect offer boot="snponly.efi"
        node2 fetches offered by tftp
at 20s  node1 sends discover
        expect offer boot="snponly.efi"
        expect untold CHAIN_NEXT
        node2 sends discover
        expect offer boot="ipxe.efi"
        expect event CHAIN_NEXT former="snponly" chain="ipxe"

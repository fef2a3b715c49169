story   ipxe-loader-set-no-loop
claims  chain loops of iPXE with a loader set
why     A host's own loader is for its firmware: iPXE gets the script all the same.
config
    dhcp: {mode: proxy}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", loader: snponly}
end
machine rom is edk2-pxe mac=52:54:00:00:00:01
machine ipxe is ipxe mac=52:54:00:00:00:01
at 0s   rom sends discover
        expect offer boot="snponly.efi"
at 5s   ipxe sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"

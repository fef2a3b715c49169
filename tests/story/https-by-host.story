story   https-by-host
claims  https per host; the offer of the site; iPXE that cannot
why     Firmware of a host with https: true gets an https:// URL with an IP literal; its older iPXE, which does not use the CAs enrolled in firmware, gets plain HTTP.
config
    dhcp: {mode: proxy}
    https: {port: 8443}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", https: true}
end
machine node1 is edk2-http
machine c2 is edk2-http
at 0s   node1 sends discover
        expect offer vendor="HTTPClient" boot="https://192.0.2.1:8443/ipxe.efi"
        node1 fetches offered by http
        expect served loader path=ipxe.efi
        c2 sends discover
        expect offer boot="http://192.0.2.1/ipxe.efi"

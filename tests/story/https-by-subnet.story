story   https-by-subnet
claims  https per subnet, by a group; port 443 is left out
why     A whole network is told by a group that matches it; a machine elsewhere gets plain HTTP. While the address is given, the network is known by the offer.
config
    dhcp: {mode: proxy}
    https: {offer: true}
    groups:
      - {name: plain, subnet: 192.0.2.0/24, https: false}
end
machine c1 is edk2-http
machine c2 is edk2-http
at 0s   c1 sends discover
        expect offer boot="https://192.0.2.1/ipxe.efi"
        c2 sends discover relay=192.0.2.254
        expect offer boot="http://192.0.2.1/ipxe.efi"

story   http-boot-server
claims  RFC 5970 3; firmware rule 1
why     An HTTPClient ignores answers that do not echo its class; it wants a URL with an IP literal in 67 and file, and no 43.
config  fixtures/server.yaml
machine c1 is edk2-http
at 0s   c1 sends discover
        expect offer vendor="HTTPClient" boot="http://192.0.2.1/ipxe.efi" file="http://192.0.2.1/ipxe.efi" pxe=none tftp=none dns=192.0.2.53
at 1s   c1 sends request server=ours wants=offered
        expect ack vendor="HTTPClient" boot="http://192.0.2.1/ipxe.efi" file="http://192.0.2.1/ipxe.efi" pxe=none
        c1 fetches offered by http
        expect served loader path=ipxe.efi

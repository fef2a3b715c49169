story   http-boot-proxy
claims  RFC 5970 3; EDK2 HttpBootDhcp4.c
why     In proxy mode an HTTPClient takes the URL from an offer without an address that has its class.
config  fixtures/proxy.yaml
machine c1 is edk2-http
at 0s   c1 sends discover
        expect offer address=none vendor="HTTPClient" boot="http://192.0.2.1/ipxe.efi" file="http://192.0.2.1/ipxe.efi" pxe=none lease=none to=broadcast
        c1 fetches offered by http
        expect served loader path=ipxe.efi

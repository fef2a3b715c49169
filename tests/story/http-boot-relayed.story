story   http-boot-relayed
claims  RFC 5970 3; Dell HTTP Boot behind a relay
why     Behind a relay too the class is echoed and the URL is an IP literal, to the relay's port 67.
config  fixtures/subnets.yaml
machine c1 is edk2-http
at 0s   c1 sends discover relay=198.51.100.1
        expect offer to=198.51.100.1:67 vendor="HTTPClient" boot="http://192.0.2.1/ipxe.efi" file~"http://" pxe=none router=198.51.100.254
at 1s   c1 sends request server=ours wants=offered relay=198.51.100.1
        expect ack to=198.51.100.1:67 vendor="HTTPClient" boot="http://192.0.2.1/ipxe.efi"

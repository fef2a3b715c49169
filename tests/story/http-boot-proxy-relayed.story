story   http-boot-proxy-relayed
claims  RFC 5970 3; RFC 3046 2.2
why     The proxy answers a relayed HTTPClient by the relay.
config  fixtures/proxy.yaml
machine c1 is edk2-http
at 0s   c1 sends discover relay=198.51.100.1 relay-info=hex:0104abcd0102
        expect offer to=198.51.100.1:67 address=none vendor="HTTPClient" boot~"http://192.0.2.1/" relay-info=hex:0104abcd0102

story   size-option-57
claims  RFC 2132 9.10
why     Without option 57 a client takes 548 bytes, with it what it says; what need not be there is left out.
config  fixtures/server.yaml
machine c1 is edk2-http max=590
at 0s   c1 sends discover
        expect offer vendor="HTTPClient" boot~"http://"
        c1 sends discover max=300
        expect offer vendor="HTTPClient"

story   quirk-ebc-17
claims  RFC 4578 erratum 4624; quirk EBC_17
why     The same firmware over HTTP calls itself 17.
config  fixtures/proxy.yaml
machine c1 is edk2-http arch=17 vendor="HTTPClient:Arch:00017:UNDI:003001"
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/ipxe.efi" vendor="HTTPClient"

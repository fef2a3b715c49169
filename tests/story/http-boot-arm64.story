story   http-boot-arm64
claims  RFC 5970; IANA architecture 19
why     arm64 firmware gets the arm64 loader by URL.
config  fixtures/proxy.yaml
machine c1 is edk2-http arch=19 vendor="HTTPClient:Arch:00019:UNDI:003001"
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/snponly-arm64.efi" vendor="HTTPClient"

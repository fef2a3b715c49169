story   names-climbing
claims  hostile names
why     A name that climbs out of its folder is refused.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 fetches ../../etc/passwd by tftp
        expect nothing why~".."
        c1 fetches /%2e%2e/%2e%2e/etc/passwd by http
        expect nothing why~".."

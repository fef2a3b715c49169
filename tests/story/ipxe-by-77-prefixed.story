story   ipxe-by-77-prefixed
claims  RFC 3004 4
why     A user class with a length before it is iPXE as well.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient:Arch:00007:UNDI:003010" arch=7 user=hex:0469505845
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"

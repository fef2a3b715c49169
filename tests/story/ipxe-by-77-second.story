story   ipxe-by-77-second
claims  RFC 3004 4
why     iPXE among several user classes is found.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient:Arch:00007:UNDI:003010" arch=7 user=hex:036c61620469505845
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"

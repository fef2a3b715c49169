story   ipxe-by-175
claims  iPXE encapsulated options
why     iPXE is known by option 175 when its user class was changed.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient:Arch:00000:UNDI:002001" arch=0 ipxe=hex:b10501af86030d user="custom"
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe"

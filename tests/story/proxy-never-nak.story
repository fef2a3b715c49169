story   proxy-never-nak
claims  PXE 2.1 2.2
why     A proxy never gives, refuses or takes back an address.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends request wants=10.9.9.9
        expect silence
at 1s   c1 sends decline wants=192.0.2.77 server=192.0.2.9
        expect silence
        expect change none
at 2s   c1 sends release from=192.0.2.77 server=192.0.2.9
        expect silence
        expect change none

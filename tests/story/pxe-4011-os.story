story   pxe-4011-os
claims  PXE 2.1 2.2.3
why     Who is no boot client gets nothing on 4011.
config  fixtures/proxy.yaml
machine c1 is dhclient
at 0s   c1 sends request port=4011 from=192.0.2.99
        expect silence

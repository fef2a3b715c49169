story   pxe-4011-inform
claims  PXE 2.1 2.2.3; Windows boot managers
why     An INFORM on 4011 is answered as the boot server discovery.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe broadcast=no
at 0s   c1 sends inform port=4011 from=192.0.2.99
        expect ack to=192.0.2.99:4011 address=none boot="ipxe.efi"

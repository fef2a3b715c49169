story   pxe-4011-in-server-mode
claims  PXE 2.1 2.2.3
why     In server mode 4011 answers too, and changes no lease.
config  fixtures/server.yaml
machine c1 is edk2-pxe broadcast=no
at 0s   c1 sends request port=4011 from=192.0.2.99
        expect ack to=192.0.2.99:4011 address=none boot="ipxe.efi"
        expect change none

story   proxy-request-to-us
claims  PXE 2.1 2.2.3
why     A REQUEST on 67 that names us is answered with the boot file.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends request server=ours from=192.0.2.77
        expect ack address=none boot="ipxe.efi" lease=none

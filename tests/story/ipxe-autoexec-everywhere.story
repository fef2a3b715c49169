story   ipxe-autoexec-everywhere
claims  iPXE autoexec.ipxe; firmware rule 4
why     autoexec.ipxe is answered in every folder, by TFTP and HTTP.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches autoexec.ipxe by tftp
        expect served script has="boot.ipxe"
        c1 fetches /loaders/ipxe/autoexec.ipxe by http
        expect served script has="boot.ipxe"
        c1 fetches EFI\boot\autoexec.ipxe by tftp
        expect served script has="boot.ipxe"

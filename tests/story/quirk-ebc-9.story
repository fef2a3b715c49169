story   quirk-ebc-9
claims  RFC 4578 erratum 4624; quirk EBC_9
why     RFC 4578 printed 7 and 9 the wrong way round: old x64 firmware sends 9.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=9 vendor="PXEClient:Arch:00009:UNDI:003016"
at 0s   c1 sends discover
        expect offer file="ipxe.efi"

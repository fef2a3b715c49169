story   proxy-hears-choice
claims  RFC 2131 4.3.2
why     A proxy hears from the REQUEST which address the machine took, and stays silent.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer address=none
at 4s   c1 sends request server=192.0.2.9 wants=192.0.2.77
        expect silence
        expect event DHCP_OTHER_CHOSEN address="192.0.2.77" server="192.0.2.9"

story   proxy-ignores-os
claims  PXE 2.1 2.2
why     A proxy never answers an operating system.
config  fixtures/proxy.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect silence
        expect event DHCP_IGNORED

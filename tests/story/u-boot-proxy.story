story   u-boot-proxy
claims  U-Boot net/bootp.c
why     U-Boot looks at no proxy offer, so none is sent.
config  fixtures/proxy.yaml
machine c1 is u-boot
at 0s   c1 sends discover
        expect silence

story   broadcast-flag
claims  RFC 2131 4.1
why     With the broadcast flag replies are broadcast, without it they go to the hardware address.
config  fixtures/server.yaml
machine c1
at 0s   c1 sends discover broadcast=yes
        expect offer to=broadcast
        c1 sends discover broadcast=no
        expect offer to=hardware

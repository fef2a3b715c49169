story   rate-limit
claims  a client that floods
why     Who asks more often than any firmware is paused, and others are not.
config  fixtures/server.yaml
machine c1
machine c2
at 0s   c2 sends discover
        expect offer
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        c1 sends discover
        expect silence
        expect event RATE_LIMITED
        c2 sends discover
        expect offer
at 2s   c1 sends discover
        expect offer

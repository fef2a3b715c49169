story   probe-answered-by-itself
claims  an operating system's old lease
why     When the asker itself answers the probe, it is given the address.
config  fixtures/probe.yaml
machine c1 is edk2-pxe mac=52:54:00:00:00:01
at 0s   c1 sends discover
        expect probe any
        probe taken by=52:54:00:00:00:01
        expect offer

story   one-shot-next-boot
claims  one-shot next boot
why     A next boot is for one boot only; then the host's usual one comes again.
config  fixtures/hosts.yaml
image debian-12
image memtest
machine node1 is ipxe mac=52:54:00:00:00:01
at 0s   next-boot node1 memtest
        node1 sends discover
        node1 fetches /boot.ipxe?mac=52:54:00:00:00:01 by http
        expect served script has="/images/memtest/linux"
at 5m   node1 sends discover
        node1 fetches /boot.ipxe?mac=52:54:00:00:00:01 by http
        expect served script has="/images/debian-12/linux"

story   two-hosts
claims  hosts with different assignments
why     Two machines with the same firmware boot different images.
config  fixtures/hosts.yaml
image debian-12
image memtest
machine node1 is ipxe mac=52:54:00:00:00:01
machine node2 is ipxe mac=52:54:00:00:00:02
at 0s   node1 sends discover
        node1 fetches /boot.ipxe?mac=52:54:00:00:00:01 by http
        expect served script has="/images/debian-12/linux" lacks="memtest"
        node2 sends discover
        node2 fetches /boot.ipxe?mac=52:54:00:00:00:02 by http
        expect served script has="/images/memtest/linux" lacks="debian-12"
        node1 fetches /images/debian-12/linux by http
        expect served kernel path=debian-12/linux
        node1 fetches /images/debian-12/initrd.gz by http
        expect served initrd

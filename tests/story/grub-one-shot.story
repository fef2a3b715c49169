story   grub-one-shot
claims  GRUB: one-shot next boot
why     A next boot is used up by the configuration that starts it, not by a look whether there is one.
config  fixtures/hosts.yaml
image debian-12
image memtest
machine node1 is edk2-pxe mac=52:54:00:00:00:01
at 0s   next-boot node1 memtest
        node1 sends discover
        node1 fetches /grub/grub.cfg-01-52-54-00-00-00-01 by tftp
        expect served pointer
        node1 fetches /grub/grub.cfg-01-52-54-00-00-00-01 by tftp
        expect served pointer
        node1 fetches /grub/entry/@start/grub.cfg-01-52-54-00-00-00-01 by tftp
        expect served grub-config what=memtest has="--interruptible 2" has="/images/memtest/linux"
at 5m   node1 sends discover
        node1 fetches /grub/grub.cfg by tftp
        expect served grub-config what=debian-12 has="/images/debian-12/linux"

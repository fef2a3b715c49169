story   grub-per-machine-names
claims  GRUB: names of one machine
why     A GRUB looks for eleven names of its machine; the first one leads to its configuration.
config  fixtures/hosts.yaml
image debian-12
image memtest
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches /grub/grub.cfg-01-52-54-00-00-00-02 by tftp
        expect served pointer has="/grub/entry/@start/grub.cfg-01-52-54-00-00-00-02"
        c1 fetches /grub/entry/@start/grub.cfg-01-52-54-00-00-00-02 by tftp
        expect served grub-config what=memtest
        c1 fetches /grub/grub.cfg-C0000214 by tftp
        expect served pointer
        c1 fetches /grub/x86_64-efi/grub.cfg by tftp
        expect served pointer
        c1 fetches /grub/grub.cfg-me by tftp
        expect nothing

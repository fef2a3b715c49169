story   grub-entry
claims  GRUB: an entry's kernel by TFTP
why     What is chosen is asked for by itself, and its kernel and initrd come the same way.
config  fixtures/server.yaml
image debian-12
machine c1 is edk2-pxe mac=52:54:00:00:00:31
at 0s   c1 sends discover
        c1 fetches /grub/entry/debian-12/grub.cfg-01-52-54-00-00-00-31 by tftp
        expect served grub-config what=debian-12 has="linux '/images/debian-12/linux'" has="initrd '/images/debian-12/initrd.gz'"
        c1 fetches /images/debian-12/linux by tftp
        expect served kernel path=debian-12/linux
        c1 fetches /images/debian-12/initrd.gz by tftp
        expect served initrd path=debian-12/initrd.gz
        c1 fetches /grub/entry/gone/grub.cfg by tftp
        expect served grub-config has="there is no such entry any more" has="configfile"

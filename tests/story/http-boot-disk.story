story   http-boot-disk
claims  boot disk by HTTP Boot
why     Firmware that boots by HTTP gets one disk with all that the assigned image needs, by the distribution's signed programs.
loaders ipxe.efi shimx64.efi grubx64.efi grubdiskx64.efi mmx64.efi
config
    dhcp: {mode: proxy}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", boot: debian-12}
end
image debian-12
image memtest
machine node1 is edk2-http
machine c2 is edk2-http
at 0s   node1 sends discover
        expect offer vendor="HTTPClient" boot="http://192.0.2.1/disk/52-54-00-00-00-01.img"
at 1s   node1 fetches offered by http
        expect served disk has="EFI/BOOT/BOOTX64.EFI" has="EFI/BOOT/grubx64.efi" has="EFI/BOOT/mmx64.efi" what=debian-12
        expect served disk has="EFI/debian/grub.cfg" has="images/debian-12/linux" has="images/debian-12/initrd.gz" lacks="images/memtest/linux"
at 2s   c2 sends discover
        c2 fetches offered by http
        expect served disk has="images/memtest/linux" has="images/debian-12/linux" has="menuentry" what=menu

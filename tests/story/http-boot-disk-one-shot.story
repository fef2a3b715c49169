story   http-boot-disk-one-shot
claims  one-shot next boot
why     The disk of a one-shot boot has that image alone; the next disk is the usual one.
loaders shimx64.efi grubx64.efi grubdiskx64.efi
config
    dhcp: {mode: proxy}
    hosts:
      - {name: node1, mac: "52:54:00:00:00:01", boot: debian-12}
end
image debian-12
image memtest
machine node1 is edk2-http
at 0s   next-boot node1 memtest
        node1 sends discover
        node1 fetches offered by http
        expect served disk has="images/memtest/linux" lacks="images/debian-12/linux"
at 5m   node1 sends discover
        node1 fetches offered by http
        expect served disk has="images/debian-12/linux" lacks="images/memtest/linux"

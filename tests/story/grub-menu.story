story   grub-menu
claims  GRUB: the menu as its configuration
why     A signed GRUB finds the menu of its machine at whatever prefix was built into it.
loaders ipxe.efi shimx64.efi grubx64.efi
config  fixtures/server.yaml
image debian-12
machine c1 is edk2-pxe
at 0s   c1 sends discover
        c1 fetches shimx64.efi by tftp
        expect served loader path=shimx64.efi
        c1 fetches grubx64.efi by tftp
        expect served loader path=grubx64.efi
        c1 fetches /grub/grub.cfg by tftp
        expect served grub-config what=menu has="'  debian-12' --id 'debian-12'" has="Boot from local disk"
        c1 fetches /EFI/fedora/grub.cfg by http
        expect served grub-config what=menu
        c1 fetches \EFI\BOOT\GRUB.CFG by tftp
        expect served grub-config what=menu
        c1 fetches //grub.cfg by http
        expect served grub-config what=menu

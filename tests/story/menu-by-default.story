story   menu-by-default
claims  machines without an assignment
why     A machine nobody named gets the menu, with what its architecture can boot only.
config  fixtures/proxy.yaml
image debian-12 efi-x64 bios-x86
image only-arm efi-arm64
machine c1 is ipxe
at 0s   c1 sends discover
        c1 fetches /boot.ipxe?mac=52:54:00:00:00:01 by http
        expect served script has="menu" has="debian-12" lacks="only-arm"

story   os-gets-no-boot
claims  RFC 2131 4.3.1
why     An operating system gets an address and nothing about booting.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect offer boot=none file=none next=none vendor=none pxe=none

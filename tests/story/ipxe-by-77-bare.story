story   ipxe-by-77-bare
claims  iPXE src/net/udp/dhcp.c
why     iPXE sends user class as bare text, against RFC 3004, and gets the script's URL.
config  fixtures/proxy.yaml
machine c1 vendor="PXEClient:Arch:00007:UNDI:003010" arch=7 user="iPXE"
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1/boot.ipxe" file="http://192.0.2.1/boot.ipxe" ipxe=hex:010101b00101 pxe=hex:060108ff

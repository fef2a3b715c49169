story   http-boot-dns
claims  EDK2 HttpBootDhcp4.c; firmware rule 1
why     Name servers go with the URL, though the URL has an address, since the firmware hands them on.
config  fixtures/server.yaml
machine c1 is edk2-http
at 0s   c1 sends discover
        expect offer dns=192.0.2.53 boot~"http://192.0.2.1/" domain="lab.example"

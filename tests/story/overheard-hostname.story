story   overheard-hostname
claims  escaping of foreign text
why     A host name with commands in it adds nothing to the script.
config  fixtures/proxy.yaml
image debian-12
machine c1 is ipxe hostname="x || shell"
at 0s   c1 sends discover
        c1 fetches /boot.ipxe?mac=52:54:00:00:00:01&hostname=x%0Ashell by http
        expect served script lacks="x || shell"

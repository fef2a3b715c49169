story   init-reboot-unknown
claims  RFC 2131 4.3.2: INIT-REBOOT of an unknown client
why     Without a record the server stays silent: the address may be another server's.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends request wants=192.0.2.55
        expect silence
        expect event DHCP_IGNORED reason~"no record"

story   reservation-init-reboot
claims  RFC 2131 4.3.2
why     A host with an address of its own may reboot into it without a record.
config  fixtures/hosts.yaml
machine node1 is dhclient mac=52:54:00:00:00:01
at 0s   node1 sends request wants=192.0.2.20
        expect ack address=192.0.2.20

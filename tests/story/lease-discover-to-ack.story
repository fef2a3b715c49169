story   lease-discover-to-ack
claims  RFC 2131 3.1: address allocation
why     DISCOVER, OFFER, REQUEST, ACK; the lease is durable before the ACK leaves.
config  fixtures/server.yaml
machine c1 is dhclient

at 0s   c1 sends discover
        expect offer server=ours address~hex:c00002 lease=1h mask=255.255.255.0 router=192.0.2.254
        expect change none
at 1s   c1 sends request server=ours wants=offered
        expect ack address=offered lease=1h renewal=30m rebinding=52m30s domain="lab.example"
        expect change active

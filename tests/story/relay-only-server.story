story   relay-only-server
claims  RFC 2131 4.3.2, 4.3.4, 4.3.5: messages by unicast from behind a router
why     A server that serves relayed networks only, and not its own, answers their unicast too.
config
    dhcp:
      mode: server
      probe: false
      subnets:
        - {network: 198.51.100.0/24, pool: [198.51.100.50-198.51.100.50], lease: 1h}
end
machine c1 is dhclient
machine c2 is dhclient
at 0s   c1 sends discover relay=198.51.100.1
        expect offer address=198.51.100.50
        c1 sends request server=ours wants=offered relay=198.51.100.1
        expect ack
at 30m  c1 sends request from=offered to=ours
        expect ack address=offered to=198.51.100.50:68 lease=1h
        c1 sends inform from=offered to=ours
        expect ack address=none
        c1 sends discover
        expect silence
at 31m  c1 sends release from=offered to=ours
        expect change released 198.51.100.50
        c2 sends discover relay=198.51.100.1
        expect offer address=198.51.100.50

story   subnets-on-one-interface
claims  several networks on a wire
why     When the first network of an interface is full, its other ones are used.
config
    dhcp:
      mode: server
      probe: false
      subnets:
        - {network: 192.0.2.0/24, pool: [192.0.2.50-192.0.2.50], lease: 1h}
        - {network: 198.51.100.0/24, interface: eth0, pool: [198.51.100.50-198.51.100.50], lease: 2h}
end
machine c1 is dhclient
machine c2 is dhclient
machine c3 is dhclient
at 0s   c1 sends discover
        expect offer address=192.0.2.50
        c2 sends discover
        expect offer address=198.51.100.50 lease=2h mask=255.255.255.0
        c3 sends discover
        expect silence
        expect event DHCP_POOL_EMPTY

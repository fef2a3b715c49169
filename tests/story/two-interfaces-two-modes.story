story   two-interfaces-two-modes
claims  dhcp mode by interface
why     One interface is server, the other proxy.
config
    interfaces:
      - {name: eth0, mode: server}
      - {name: eth1, mode: proxy}
    dhcp:
      mode: off
      probe: false
      subnets:
        - {network: 192.0.2.0/24, pool: [192.0.2.50-192.0.2.51], lease: 1h}
end
interface eth0 192.0.2.1/24
interface eth1 198.51.100.1/24
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer address~hex:c00002
        c1 sends discover on=eth1
        expect offer address=none server=198.51.100.1 next=198.51.100.1 tftp="198.51.100.1"

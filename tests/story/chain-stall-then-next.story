story   chain-stall-then-next
claims  a chain that stalls is followed by the next
why     Firmware with Secure Boot on fetches unsigned iPXE, refuses it, and goes on to HTTP Boot.
loaders ipxe.efi snponly.efi shimx64.efi grubx64.efi grubdiskx64.efi
config
    chains: [ipxe, grub, disk]
    dhcp:
      mode: server
      probe: false
      subnets:
        - {network: 192.0.2.0/24, pool: 192.0.2.100-192.0.2.199}
end
machine pxe is edk2-pxe mac=52:54:00:00:00:0a
machine http is edk2-http mac=52:54:00:00:00:0a
at 0s   pxe sends discover
        expect offer boot="ipxe.efi"
        pxe sends request server=ours wants=offered
        expect ack boot="ipxe.efi"
        pxe fetches offered by tftp
        expect served loader path=ipxe.efi
at 10s  http sends discover
        expect offer boot="http://192.0.2.1/disk/52-54-00-00-00-0a.img"
        expect event CHAIN_NEXT former="ipxe" chain="disk"
at 18s  http sends discover
        expect offer boot="http://192.0.2.1/disk/52-54-00-00-00-0a.img"
        expect untold CHAIN_NEXT
at 90s  pxe sends discover
        expect offer boot="shimx64.efi"

story   chain-started-again
claims  a chain that started a machine is given to it again
why     What worked once goes before the order, also after a restart of the server.
loaders ipxe.efi snponly.efi shimx64.efi grubx64.efi
config
    chains: [ipxe, grub]
    dhcp:
      mode: server
      probe: false
      subnets:
        - {network: 192.0.2.0/24, pool: 192.0.2.100-192.0.2.199}
end
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect offer boot="ipxe.efi"
        c1 sends request server=ours wants=offered
        expect ack
        c1 fetches offered by tftp
at 20s  c1 sends discover
        expect offer boot="shimx64.efi"
        expect event CHAIN_NEXT former="ipxe" chain="grub"
        c1 sends request server=ours wants=offered
        expect ack
        c1 fetches shimx64.efi by tftp
        c1 fetches grubx64.efi by tftp
        c1 fetches grub/grub.cfg by tftp
at 3600s c1 sends discover
        expect offer boot="shimx64.efi"
        expect untold CHAIN_NEXT
at 3700s server restarts
        c1 sends discover
        expect offer boot="shimx64.efi"

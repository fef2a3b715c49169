story   mode-off
claims  dhcp mode off
why     Where DHCP is off nothing is answered.
config
    dhcp: {mode: off}
end
machine c1 is edk2-pxe
at 0s   c1 sends discover
        expect silence

story   relay-option-82-last
claims  RFC 3046 2.2
why     What a relay added comes back unchanged, as the last option.
config  fixtures/subnets.yaml
machine c1 is edk2-pxe
at 0s   c1 sends discover relay=198.51.100.1 relay-info=hex:010400010203020652540000aa01
        expect offer to=198.51.100.1:67 relay-info=hex:010400010203020652540000aa01 router=198.51.100.254 address~hex:c63364
        c1 sends request server=ours wants=offered relay=198.51.100.1 relay-info=hex:010400010203020652540000aa01
        expect ack relay-info=hex:010400010203020652540000aa01 lease=2h

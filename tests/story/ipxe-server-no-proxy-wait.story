story   ipxe-server-no-proxy-wait
claims  iPXE 175.176 no-pxedhcp
why     In server mode iPXE is told not to wait two seconds for a proxy; it needs no 60 and 43.
config  fixtures/server.yaml
machine c1 is ipxe
at 0s   c1 sends discover
        expect offer ipxe=hex:b00101 vendor=none pxe=none boot="http://192.0.2.1/boot.ipxe" to=hardware
at 1s   c1 sends request server=ours wants=offered
        expect ack ipxe=hex:b00101 boot="http://192.0.2.1/boot.ipxe"

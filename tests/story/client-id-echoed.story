story   client-id-echoed
claims  RFC 6842 3
why     The client identifier comes back in OFFER, ACK and NAK.
config  fixtures/server.yaml
machine c1 is dhclient id=hex:01525400000001
at 0s   c1 sends discover
        expect offer id=hex:01525400000001
        c1 sends request server=ours wants=offered
        expect ack id=hex:01525400000001
        c1 sends request wants=10.0.0.1
        expect nak id=hex:01525400000001

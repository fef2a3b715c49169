story   size-300
claims  RFC 1542 2.1
why     No reply is shorter than 300 bytes, the size of BOOTP.
config  fixtures/server.yaml
machine c1
at 0s   c1 sends request wants=10.0.0.1
        expect nak size=300

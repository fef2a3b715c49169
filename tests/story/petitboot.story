story   petitboot
claims  RFC 5071; Petitboot
why     Petitboot gets what it boots by option 209, not by file and 67.
config  fixtures/server.yaml
machine c1 is petitboot arch=14
at 0s   c1 sends discover
        expect offer boot=none file=none

story   lost-request
claims  a lost packet
why     A REQUEST that never arrives leaves the offer as it was.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        expect offer
        c1 sends request server=ours wants=offered lost=yes
        expect silence
        expect change none
at 4s   c1 sends request server=ours wants=offered
        expect ack

story   store-refuses-renewal
claims  known renewals are still answered
why     With a full disk a renewal is acknowledged for as long as the disk says, and no longer.
config  fixtures/server.yaml
machine c1 is dhclient
at 0s   c1 sends discover
        c1 sends request server=ours wants=offered
        expect ack lease=1h
at 30m  store refuses
        c1 sends request from=offered to=ours
        expect ack address=offered lease=30m
at 59m50s c1 sends request from=offered to=ours
        expect silence
at 59m55s store works
        c1 sends request from=offered to=ours
        expect ack lease=1h

/* TFTP in a lane: a bound socket, a loop and a provider make a read-only server of many transfers.
 * What goes out when is decided in tftp/transfer; this only carries it out. */
#ifndef SERVE_TFTP_PORT_H
#define SERVE_TFTP_PORT_H

#include "base/siphash.h"

#include "net/loop.h"
#include "serve/provider.h"

struct tftp_port;

/* A field that is 0 gets the value in brackets. */
struct tftp_port_settings {
    bool single_port;        /* answer from the listening port, for NAT and firewalls; else each
                                transfer has a socket of its own */
    uint16_t block_size_max; /* [65464]; the interface's MTU is obeyed besides */
    uint16_t window_max;     /* [64] */
    uint32_t transfers_max;  /* [4096] */
    uint32_t transfers_of_client; /* [three quarters of transfers_max] */
    uint32_t requests_per_second; /* of one client [2000] */
    uint32_t requests_burst;      /* [4 * requests_per_second] */
    struct hash_key hash_key;     /* random, from whoever starts the lane */
};

/* Serve on `fd`, a socket of udp_open() with `arrival` set, which becomes the port's own on
 * success. Loop and provider must outlive the port. 0 or a negative errno. */
must_check int tftp_port_new(const struct tftp_port_settings *settings, struct loop *loop,
                             const struct provider *provider, int fd, struct tftp_port **ret_port);

/* Ends all transfers, closing what they hold, and the socket. Not from within a handler of the
 * loop's turn that serves it. */
void tftp_port_free(struct tftp_port *port);

/* Transfers that are starting or sending (not those that linger). */
uint32_t tftp_port_transfers(const struct tftp_port *port);

#endif

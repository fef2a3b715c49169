/* Every socket the daemon needs, opened while it still may. Where one cannot be had, a sentence
 * says who has it and what to do. */
#ifndef SERVE_SOCKETS_H
#define SERVE_SOCKETS_H

#include "config/config.h"
#include "net/activation.h"
#include "serve/dhcp4_port.h"

#define LANES_MAX 8

struct server_sockets {
    struct dhcp4_sockets dhcp;
    int tftp[LANES_MAX], http[LANES_MAX]; /* one a lane; -1 = not served */
    int altiris[LANES_MAX];               /* HTTP on Broadcom's port; -1 = not served */
    int https[LANES_MAX];                 /* -1 = not served */
    uint32_t lanes;
    int netlink_query, netlink_monitor;
    int control;
    int admin; /* the dashboard's; -1 = not served */
};

#define SERVER_SOCKETS_NONE                                                                        \
    ((struct server_sockets){ .dhcp = { -1, -1, -1, -1, -1 },                                      \
                              .tftp = { -1, -1, -1, -1, -1, -1, -1, -1 },                          \
                              .http = { -1, -1, -1, -1, -1, -1, -1, -1 },                          \
                              .altiris = { -1, -1, -1, -1, -1, -1, -1, -1 },                       \
                              .https = { -1, -1, -1, -1, -1, -1, -1, -1 },                         \
                              .netlink_query = -1,                                                 \
                              .netlink_monitor = -1,                                               \
                              .control = -1,                                                       \
                              .admin = -1 })

/* Open all for this configuration, but take those named http, https, tftp, altiris, control and
 * admin from what a service manager handed over. An inherited listener is shared by all lanes;
 * TFTP's, whose clients must stay with one lane, belongs to the first. Negative errno with a
 * sentence in `why`; nothing is left open then. Notes about what works less well without rights go
 * to `notes`. */
must_check int sockets_open(const struct config *config, uint32_t lanes, struct activation *given,
                            struct server_sockets *ret_sockets, struct text *notes,
                            struct text *why);

/* Close what has not been taken over (is not -1). */
void sockets_close(struct server_sockets *sockets);

#endif

/* How much each client address may ask of the TFTP port: requests a second, transfers at a time. A
 * bounded table; the address that was quiet the longest makes room. */
#ifndef SERVE_TFTP_CLIENTS_H
#define SERVE_TFTP_CLIENTS_H

#include "base/checked.h"
#include "base/clock.h"
#include "base/siphash.h"

#include "model/addr.h"

struct tftp_clients;

struct tftp_clients_settings {
    uint32_t rows;                /* addresses remembered; more than there can be transfers */
    uint32_t requests_per_second; /* 0 = no limit */
    uint32_t burst;               /* requests at once before the rate counts */
    uint32_t open_max;            /* transfers at a time */
    struct hash_key hash_key;
};

must_check int tftp_clients_new(const struct tftp_clients_settings *settings,
                                struct tftp_clients **ret_clients);
void tftp_clients_free(struct tftp_clients *clients);

enum tftp_allowance {
    TFTP_ALLOWED,
    TFTP_OVER_LIMIT,       /* to be dropped */
    TFTP_OVER_LIMIT_FIRST, /* the same, and to be told: once in ten seconds for an address */
};

/* May this address send one more request? Counts it. */
enum tftp_allowance tftp_clients_ask(struct tftp_clients *clients, struct ipv4 addr,
                                     struct instant now);

/* A transfer of this address begins: false when it has too many. Each true is paid back by one
 * tftp_clients_ended(). */
bool tftp_clients_begin(struct tftp_clients *clients, struct ipv4 addr);
void tftp_clients_ended(struct tftp_clients *clients, struct ipv4 addr);

#endif

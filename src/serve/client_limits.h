/* How much each client address may ask of a port: requests a second, transfers at a time. A bounded
 * table of a lane; the address that was quiet the longest makes room. */
#ifndef SERVE_CLIENT_LIMITS_H
#define SERVE_CLIENT_LIMITS_H

#include "base/checked.h"
#include "base/clock.h"
#include "base/siphash.h"

#include "model/addr.h"

struct client_limits;

struct client_limits_settings {
    uint32_t rows;                /* addresses remembered; more than there can be transfers */
    uint32_t requests_per_second; /* 0 = no limit */
    uint32_t burst;               /* requests at once before the rate counts */
    uint32_t open_max;            /* transfers at a time */
    struct hash_key hash_key;
};

must_check int client_limits_new(const struct client_limits_settings *settings,
                                 struct client_limits **ret_clients);
void client_limits_free(struct client_limits *clients);

enum client_allowance {
    CLIENT_ALLOWED,
    CLIENT_OVER_LIMIT,       /* to be dropped or refused */
    CLIENT_OVER_LIMIT_FIRST, /* the same, and to be told: once in ten seconds for an address */
};

/* May this address send one more request? Counts it. */
enum client_allowance client_limits_ask(struct client_limits *clients, struct ipv4 addr,
                                        struct instant now);

/* A transfer of this address begins: false when it has too many. Each true is paid back by one
 * client_limits_ended(). */
bool client_limits_begin(struct client_limits *clients, struct ipv4 addr);
void client_limits_ended(struct client_limits *clients, struct ipv4 addr);

#endif

/* A network tugboot serves addresses in (mode "server"), as configured. */
#ifndef MODEL_SUBNET_H
#define MODEL_SUBNET_H

#include "base/clock.h"

#include "model/addr.h"

#define SUBNET_POOLS_MAX 8
#define SUBNET_DNS_MAX   4

struct ipv4_range {
    struct ipv4 first, last;
};

struct subnet {
    struct ipv4_prefix network;
    struct ipv4_range pools[SUBNET_POOLS_MAX];
    uint8_t pool_count;
    struct ipv4 router; /* none = not sent */
    struct ipv4 dns[SUBNET_DNS_MAX];
    uint8_t dns_count;
    char domain[128];      /* "" = not sent */
    char interface[16];    /* "" = the interface whose address lies in it, or any relay */
    struct duration lease; /* how long an address is given */
};

#endif

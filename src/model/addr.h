/* IPv4 addresses, prefixes and endpoints. Values are in host order; only readers and writers of
 * wire formats know the byte order. */
#ifndef MODEL_ADDR_H
#define MODEL_ADDR_H

#include "base/span.h"
#include "base/text.h"

#define IPV4_TEXT_MAX 16

struct ipv4 {
    uint32_t value;
};

struct ipv4_prefix {
    struct ipv4 base; /* host bits are zero */
    uint8_t length;   /* 0..32 */
};

struct endpoint {
    struct ipv4 addr;
    uint16_t port;
};

#define IPV4_NONE      ((struct ipv4){ 0 })
#define IPV4_BROADCAST ((struct ipv4){ UINT32_MAX })

static inline bool ipv4_equals(struct ipv4 a, struct ipv4 b)
{
    return a.value == b.value;
}

static inline bool ipv4_is_none(struct ipv4 a)
{
    return a.value == 0;
}

/* Dotted quad without leading zeros (RFC 6943 3.1.1: the strict form); false on anything else. */
bool ipv4_parse(struct span text, struct ipv4 *ret_addr);
void ipv4_format(struct ipv4 addr, char out[IPV4_TEXT_MAX]);
void text_add_ipv4(struct text *t, struct ipv4 addr);

/* "192.168.1.0/24"; host bits must be zero. */
bool ipv4_prefix_parse(struct span text, struct ipv4_prefix *ret_prefix);
struct ipv4 ipv4_prefix_mask(struct ipv4_prefix prefix);
struct ipv4 ipv4_prefix_broadcast(struct ipv4_prefix prefix);
bool ipv4_prefix_contains(struct ipv4_prefix prefix, struct ipv4 addr);

/* May a host have it: inside, and not the network's or the broadcast address (for length <= 30). */
bool ipv4_prefix_is_host(struct ipv4_prefix prefix, struct ipv4 addr);

/* Neither 0/8, loopback, multicast nor 240/4: something a machine can be reached at. */
bool ipv4_is_unicast(struct ipv4 addr);

#endif

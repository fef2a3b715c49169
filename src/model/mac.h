/* An Ethernet hardware address. */
#ifndef MODEL_MAC_H
#define MODEL_MAC_H

#include "base/span.h"
#include "base/text.h"

#define MAC_TEXT_MAX 18

struct mac {
    uint8_t bytes[6];
};

/* Parse aa:bb:cc:dd:ee:ff, aa-bb-..., aabb.ccdd.eeff or twelve digits; false on anything else. */
bool mac_parse(struct span text, struct mac *ret_mac);

/* aa:bb:cc:dd:ee:ff */
void mac_format(struct mac mac, char out[MAC_TEXT_MAX]);
void text_add_mac(struct text *t, struct mac mac);

/* As a 48-bit number (the key of events); 0 for the zero address. */
uint64_t mac_to_u64(struct mac mac);
struct mac mac_from_u64(uint64_t v);

/* The address tugboot's doctor poses with; locally administered, "tug" in the middle. A daemon that
 * is asked by it answers as ever, but starts no timeline for it. */
struct mac mac_of_doctor(void);
bool mac_is_doctor(struct mac mac);

static inline bool mac_equals(struct mac a, struct mac b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static inline bool mac_is_zero(struct mac mac)
{
    return mac_to_u64(mac) == 0;
}

#endif

/* The options of a DHCPv4 message, by code: overload undone (RFC 2131 4.1) and split values joined
 * (RFC 3396), so that all above asks for "option 50, four bytes" and nothing else. */
#ifndef DHCP_OPTIONS_H
#define DHCP_OPTIONS_H

#include "base/arena.h"

#include "dhcp/dhcp4_header.h"

enum dhcp4_option {
#define OPTION(code, name, least, most, source) OPTION_##name = code,
#include "dhcp/options.def"
#undef OPTION
    OPTION_PAD = 0,
    OPTION_END = 255,
};

/* A value that is absent has data NULL; one of length zero has not. */
struct dhcp4_options {
    struct span values[256];
};

/* Read all options of a message: `area` is what follows the magic, `header` has the two fields that
 * may be overloaded. Values point into these or, where they had to be joined, into `scratch`. */
enum dhcp4_flaw dhcp4_options_read(struct span area, const struct dhcp4_header *header,
                                   struct arena *scratch, struct dhcp4_options *ret_options);

static inline bool dhcp4_options_has(const struct dhcp4_options *o, uint8_t code)
{
    return o->values[code].data != NULL;
}

/* The value, empty when absent. */
static inline struct span dhcp4_options_get(const struct dhcp4_options *o, uint8_t code)
{
    return o->values[code];
}

/* Numbers; 0 when absent (their lengths were checked by the reading). */
uint8_t dhcp4_options_u8(const struct dhcp4_options *o, uint8_t code);
uint16_t dhcp4_options_be16(const struct dhcp4_options *o, uint8_t code);
uint32_t dhcp4_options_be32(const struct dhcp4_options *o, uint8_t code);
struct ipv4 dhcp4_options_ipv4(const struct dhcp4_options *o, uint8_t code);

/* Encapsulated options (43, 82, 175): code and length bytes until the end or `255`. The first value
 * of `code`; data NULL when absent or when what comes before it is cut. */
struct span dhcp4_suboption_find(struct span encapsulated, uint8_t code);

/* "BOOT_FILE" for a code of options.def, else NULL. */
const char *dhcp4_option_name(uint8_t code);

#endif

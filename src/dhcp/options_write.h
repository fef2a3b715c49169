/* Writing the options of a DHCPv4 message: within the size the client accepts, values over 255
 * bytes split (RFC 3396), option 82 last, end mark, padding to the size of BOOTP. */
#ifndef DHCP_OPTIONS_WRITE_H
#define DHCP_OPTIONS_WRITE_H

#include "dhcp/options.h"

#define DHCP4_SIZE_DEFAULT  548 /* UDP payload of a 576-byte datagram (RFC 2131 2) */
#define DHCP4_SIZE_OVERHEAD 28  /* IP and UDP header, which option 57 counts (RFC 2132 9.10) */

struct options_writer {
    struct writer *w;
    struct span relay_info; /* option 82 to echo, empty = none */
    size_t limit;           /* of the whole message */
    bool overflown;         /* an option that must be there did not fit */
};

/* The largest UDP payload to send to a client that gave `max_size` in option 57 (0 = none), over a
 * link of this mtu (0 = not known). Never under 548, never over `most`. */
size_t options_write_limit(uint16_t max_size, uint16_t mtu, size_t most);

/* Begin behind the magic. `limit` counts from the start of the message; room for the end mark and
 * `relay_info` is kept back. */
struct options_writer options_write_begin(struct writer *w, size_t limit, struct span relay_info);

/* An option that must be there; sets overflown when it does not fit. */
void options_write(struct options_writer *o, uint8_t code, struct span value);
void options_write_u8(struct options_writer *o, uint8_t code, uint8_t value);
void options_write_be32(struct options_writer *o, uint8_t code, uint32_t value);
void options_write_ipv4(struct options_writer *o, uint8_t code, struct ipv4 value);

/* An option that is left out when there is no room. */
void options_write_if_room(struct options_writer *o, uint8_t code, struct span value);

/* Option 82 (RFC 3046 2.2: last), end mark, padding. False when something had no room. */
bool options_write_end(struct options_writer *o);

#endif

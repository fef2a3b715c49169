/* The machine's SMBIOS UUID, kept in the order in which it is written as text. */
#ifndef MODEL_UUID_H
#define MODEL_UUID_H

#include "base/span.h"
#include "base/text.h"

#define UUID_TEXT_MAX 37

struct uuid {
    uint8_t bytes[16];
};

/* From the 16 bytes of DHCP option 97: the first three fields are little-endian on the wire, as in
 * SMBIOS (RFC 4578 2.3; SMBIOS 7.2.1). */
struct uuid uuid_from_wire(const uint8_t wire[16]);

/* 8-4-4-4-12 hexadecimal digits in any case; false on anything else. */
bool uuid_parse(struct span text, struct uuid *ret_uuid);
void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_MAX]);

static inline bool uuid_equals(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* All zero or all ones: firmware that could not read it. */
bool uuid_is_void(const struct uuid *uuid);

#endif

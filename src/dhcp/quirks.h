/* Broken or peculiar clients, as rows of quirks.def: firmware, how it is known, what is done. */
#ifndef DHCP_QUIRKS_H
#define DHCP_QUIRKS_H

#include "base/span.h"

#include "model/mac.h"

#define QUIRK_ANY UINT32_MAX

enum quirk_effect {
    QUIRK_NONE = 0,
    QUIRK_TAKE_AS_RPI = 1,
    QUIRK_TAKE_AS_X64 = 2,
    QUIRK_REPLY_LATER = 4,
};

/* The marks a client is known by. */
struct quirk_marks {
    struct span vendor_class; /* option 60 */
    struct span uuid;         /* option 97 with its type byte */
    struct mac mac;
    uint16_t arch_wire; /* 0 when option 93 is absent, as ROMs without it mean */
};

/* All effects of the rows that match, as bits. */
unsigned quirks_find(const struct quirk_marks *marks);

#endif

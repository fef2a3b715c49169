/* Chains: how boot programs work together, from what firmware is told to what asks for the script
 * (chain.def). loader.def says what a file is and where it lies; a row here, which files make one
 * way to boot. Which of them a machine is given is boot/chain_plan. */
#ifndef BOOT_CHAIN_H
#define BOOT_CHAIN_H

#include "base/text.h"

#include "model/chain_result.h"

enum chain_next {
    CHAIN_NEXT_IPXE,    /* iPXE asks for its script */
    CHAIN_NEXT_GRUB,    /* GRUB looks for its configuration */
    CHAIN_NEXT_DISK,    /* firmware mounts a disk that has all of it: nothing more is asked for */
    CHAIN_NEXT_PROGRAM, /* the program is itself what was to boot */
    CHAIN_NEXT_OTHER,   /* it goes its own way */
};

enum chain_via {
    CHAIN_VIA_TFTP = 1,
    CHAIN_VIA_HTTP = 2,
    CHAIN_VIA_BOTH = 3,
};

enum chain_secure {
    CHAIN_SECURE_UNSIGNED,
    CHAIN_SECURE_SIGNED, /* firmware with Microsoft's keys starts it */
    CHAIN_SECURE_OWN,    /* firmware with keys of this site does */
    CHAIN_SECURE_AS_IMAGE,
};

enum chain_use {
    CHAIN_USE_DEFAULT,
    CHAIN_USE_ON_REQUEST,
};

struct chain_row {
    const char *name;
    enum arch arch;
    const char *first, *second; /* wire names ("loaders/<folder>/<file>", <file>); "" = none */
    const char *asked;          /* further base names of the second, separated by spaces */
    enum chain_next next;
    enum chain_via via;
    bool beside; /* works beside another DHCP server */
    enum chain_secure secure;
    enum chain_use use;
    const char *text; /* what it is, for people */
};

/* Every row, *ret_count of them, in the order of chain.def. */
const struct chain_row *chain_rows(size_t *ret_count);

/* The rows of this name and architecture one after another: `after` is NULL at first, then the row
 * before. NULL when there are no more. */
const struct chain_row *chain_find(const char *name, enum arch arch, const struct chain_row *after);

/* The name as it stands in chain.def, for ever valid; NULL when no row has it. */
const char *chain_name_find(struct span name);

enum chain_part {
    CHAIN_PART_NONE, /* a helper, or no part of it */
    CHAIN_PART_FIRST,
    CHAIN_PART_SECOND,
};

/* What the file of this base name is in the chain of this name. */
enum chain_part chain_part_of(const char *name, enum arch arch, const char *base);

/* May the chain's second stage be asked for by this base name? ASCII case ignored. */
bool chain_asks_as(const struct chain_row *row, struct span base);

static inline bool chain_goes_by(const struct chain_row *row, enum transport transport)
{
    return row->via & (transport == TRANSPORT_HTTP ? CHAIN_VIA_HTTP : CHAIN_VIA_TFTP);
}

#endif

/* What would this machine get, from which rule, and why: the answers of choose_loader and
 * choose_entry with their trails, for `tugboot explain`. */
#ifndef BOOT_EXPLAIN_H
#define BOOT_EXPLAIN_H

#include "base/json_write.h"

#include "boot/chain_plan.h"

struct explanation {
    struct client firmware; /* as asked about */
    bool assumed_arch;      /* it was not said: taken as efi-x64 */
    struct client ipxe;     /* the same machine once its loader runs */
    struct choice loader;   /* what the firmware is told to start */
    struct recollection recalled;
    struct chain_plan plan; /* all its chains; empty when it boots by none. Points into *this. */
    struct choice script;   /* what its iPXE is told then; meaningful with runs_ipxe */
    bool runs_ipxe;
    struct entry entry;   /* what the script starts */
    const char *obstacle; /* why that cannot be, a phrase; NULL = nothing is known against it */
};

/* Fill *out, which stays where it is. `recalled` may be NULL. The client is taken as firmware of
 * its kind; CLIENT_UNKNOWN counts as PXE firmware, or as HTTP Boot when that is its transport. */
void explain(const struct catalog *catalog, const struct client *client, const struct reach *reach,
             const struct recollection *recalled, struct explanation *out);

/* In words, some lines. */
void explain_write(const struct explanation *e, struct text *out);

/* As members of an object the caller has begun: assumed_arch, host (when it is one), firmware, ipxe
 * (null when none runs), boot, each with its trail, chains, and words: what explain_write writes.
 */
void explain_json(const struct explanation *e, struct json_writer *j);

#endif

/* What would this machine get, from which rule, and why: the answers of choose_loader and
 * choose_entry with their trails, for `tugboot explain`. */
#ifndef BOOT_EXPLAIN_H
#define BOOT_EXPLAIN_H

#include "base/json_write.h"

#include "boot/choose.h"

struct explanation {
    struct client firmware; /* as asked about */
    struct client ipxe;     /* the same machine once its loader runs */
    struct choice loader;   /* what the firmware is told to start */
    struct choice script;   /* what its iPXE is told then; meaningful with runs_ipxe */
    bool runs_ipxe;
    struct entry entry; /* what the script starts */
};

/* Fill *out. The client is taken as firmware of its kind; CLIENT_UNKNOWN counts as PXE firmware. */
void explain(const struct catalog *catalog, const struct client *client, const struct reach *reach,
             struct explanation *out);

/* In words, some lines. */
void explain_write(const struct explanation *e, struct text *out);

/* As a JSON object. */
void explain_json(const struct explanation *e, struct json_writer *j, const char *key);

#endif

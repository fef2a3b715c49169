/* Which chains one machine can be given now, in the order in which they would be tried: the site's
 * order or pin, what files are here, how its firmware fetches, and what is remembered. The first
 * that is ready is given; all of them are what `tugboot explain` shows. */
#ifndef BOOT_CHAIN_PLAN_H
#define BOOT_CHAIN_PLAN_H

#include "boot/catalog.h"
#include "boot/chain.h"
#include "boot/choose.h"
#include "boot/memory.h"
#include "boot/rule.h"

#define CHAIN_PLAN_MAX 16

/* Ready, or the first reason why not. */
enum chain_state {
    CHAIN_READY,
    CHAIN_UNKNOWN,         /* there is no chain of that name for this architecture */
    CHAIN_OTHER_TRANSPORT, /* it is fetched otherwise than this firmware fetches */
    CHAIN_NOT_BESIDE,      /* it does not work beside another DHCP server */
    CHAIN_MISSING,         /* a file is not here */
    CHAIN_NO_PROGRAM,      /* the machine is not to boot one EFI program */
    CHAIN_NOT_TRUSTED,     /* that program is not known to start on this machine */
};

/* Would firmware with Secure Boot and Microsoft's keys start it? */
enum chain_trust {
    CHAIN_TRUST_NO,
    CHAIN_TRUST_OWN_KEYS, /* with this site's keys only */
    CHAIN_TRUST_YES,
};

struct chain_option {
    char name[CHAIN_NAME_MAX];
    const struct chain_row *row; /* NULL: CHAIN_UNKNOWN */
    enum chain_state state;
    const char *missing;         /* CHAIN_MISSING: the file */
    const struct loader *first;  /* ready: what starts; NULL for `direct` */
    const struct loader *second; /* ready: what follows; NULL = nothing does */
    const struct image *image;   /* ready, `direct`: what is booted */
    enum chain_trust trust;
    const char *refusal;               /* why Secure Boot refuses it, a phrase; "" = it does not */
    const struct chain_result *result; /* of this machine, in the recollection; may be NULL */
    bool elsewhere;                    /* started other machines of this firmware */
};

struct chain_plan {
    struct chain_option options[CHAIN_PLAN_MAX]; /* ready ones first, in the order of trying */
    uint8_t count, ready_count;
    bool is_pinned;          /* the first was asked for by name and is given whatever happened */
    bool started_over;       /* all that are ready have stalled */
    struct rule_word source; /* who set the order or the pin; value NULL = nobody */
};

/* `recalled` may be NULL; it and the catalog must outlive the plan. */
void chain_plan_make(const struct catalog *catalog, const struct client *client,
                     const struct rule_settings *settings, const struct reach *reach,
                     const struct recollection *recalled, struct chain_plan *out);

const struct chain_option *chain_plan_find(const struct chain_plan *plan, const char *name);

/* The state as a phrase, with the file that is missing. */
void chain_option_write(const struct chain_option *option, struct text *out);

/* What to get so that this machine starts: the ways to a chain that works with Secure Boot, and,
 * unless `signed_only`, to the nearest one that does not. Adds nothing when there is none to get.
 * `out` must be empty. */
void chain_plan_add_hint(const struct chain_plan *plan, bool signed_only, struct text *out);

#endif

/* Fetch what an offer of the catalog resolved to, and make an image of it. */
#ifndef CLI_CATALOG_ADD_H
#define CLI_CATALOG_ADD_H

#include "cli/catalog_origin.h"
#include "config/config.h"
#include "serve/image_store.h"

struct catalog_add {
    const struct config *config;
    const struct catalog_wish *wish;
    struct catalog_target *target; /* not used for what is packaged */
    const struct recipe_book *book;
    const struct container_finder *containers;
    const char *name, *title; /* NULL: by the offer */
    const char *replaces;     /* an image that makes room for this one at the very end, or NULL */
};

/* Do it. 0 and what was added, or a negative errno and a sentence. What is whole when it breaks off
 * is kept for the next run. */
must_check int catalog_add_run(const struct catalog_add *add, struct image_added *ret_added,
                               char why[CATALOG_WHY_MAX]);

#endif

/* Has every loader, kernel and EFI program on offer looked at, in the background: walks a catalog,
 * hands what it has not seen yet to the image worker, and remembers the results by what a file is
 * on its disk, so that nothing is read twice until it changes. Lives on the control thread. */
#ifndef SERVE_INSPECTOR_H
#define SERVE_INSPECTOR_H

#include "base/event.h"

#include "net/file.h"
#include "serve/catalog_load.h"
#include "serve/image_worker.h"

struct inspector;

struct inspector_settings {
    struct loop *loop;
    struct image_worker *worker; /* attached to the loop; not used by inspector_free() */
    struct event_sink events;
    /* There are results that the catalog looked at last does not have yet. May call
     * inspector_look(). */
    void (*news)(void *context);
    void *context;
};

must_check int inspector_new(const struct inspector_settings *settings,
                             struct inspector **ret_inspector);
/* After the worker was freed, which forgets what was under way. NULL is fine. */
void inspector_free(struct inspector *inspector);

/* Trust what this configuration names from now on; what was found out under another trust is
 * forgotten. */
void inspector_set_trust(struct inspector *inspector, const struct config *config);

/* Look at all of this catalog's files that are not known yet; one that is under way is left. */
void inspector_look(struct inspector *inspector, struct catalog_snapshot *snapshot);

/* What is known of a file, or of the file in a container that begins there; false = nothing yet.
 * `context` is an inspector: for catalog_load(). */
bool inspector_find(void *context, const struct file_facts *file, const struct file_part *part,
                    struct secure_facts *ret_facts);

#endif

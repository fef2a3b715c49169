/* The files from which a site's trust is made: lists its owner gave, the site's own key, and the
 * lists of forbidden programs that come with the system. */
#ifndef SERVE_TRUST_FILES_H
#define SERVE_TRUST_FILES_H

#include "base/text.h"

#include "config/config.h"
#include "image/trust.h"

/* Add one file, or all in a folder, to a side. 0, or a negative errno and a sentence in `why`. */
must_check int trust_files_add(struct trust *trust, enum trust_side side, const char *path,
                               struct text *why);

struct trust_files_visit {
    /* A file, open for reading; the descriptor is closed after return. 0; a negative errno (and
     * perhaps a sentence) when it is of no use. */
    int (*file)(void *context, enum trust_side side, int fd, const char *path, struct text *why);
    /* What could not be read or used. */
    void (*told)(void *context, const char *sentence);
    void *context;
};

/* Visit what `config` names (secure.db, secure.dbx), the site's own certificate below its state
 * folder, and the lists of the system. What is not there and was not named is passed over. 0 or
 * -ENOMEM. */
must_check int trust_files_each(const struct config *config, const struct trust_files_visit *visit);

/* The same into `trust`. */
must_check int trust_files_load(struct trust *trust, const struct config *config,
                                void (*told)(void *context, const char *sentence), void *context);

#endif

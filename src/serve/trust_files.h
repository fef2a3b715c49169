/* The files from which a site's trust is made: lists its owner gave, the site's own key, and the
 * lists of forbidden programs that come with the system. */
#ifndef SERVE_TRUST_FILES_H
#define SERVE_TRUST_FILES_H

#include "base/text.h"

#include "config/config.h"
#include "image/trust.h"

/* Add one file to a side. 0, or a negative errno and a sentence with its name in `why`. */
must_check int trust_files_add(struct trust *trust, enum trust_side side, const char *path,
                               struct text *why);

/* Add what `config` names (secure.db, secure.dbx), the site's own certificate below its state
 * folder, and the newest list of the system. What cannot be read is left out and told to `told`, a
 * sentence each; 0 or -ENOMEM. */
must_check int trust_files_load(struct trust *trust, const struct config *config,
                                void (*told)(void *context, const char *path, const char *sentence),
                                void *context);

#endif

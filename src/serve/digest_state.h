/* What the last look at an image's bytes found: the first line of its record (serve/image_digest),
 * whoever looked, a command or the daemon. */
#ifndef SERVE_DIGEST_STATE_H
#define SERVE_DIGEST_STATE_H

#include "serve/image_digest.h"

#define DIGEST_STATE_PATH_MAX 256

struct digest_state {
    int64_t checked_s;                 /* since 1970; 0 = it was never looked at */
    uint32_t bad;                      /* files that are not as recorded */
    enum image_digest_verdict verdict; /* on the first of them; IMAGE_DIGEST_INTACT = none */
    char path[DIGEST_STATE_PATH_MAX];  /* that file; "" = none */
};

/* One line without its end; `out` has room for it (DIGEST_STATE_PATH_MAX + 64). */
void digest_state_write(const struct digest_state *state, struct text *out);
/* False when the line is none. */
bool digest_state_parse(struct span line, struct digest_state *ret_state);

/* Of an image by its record below `images`. 0; -ENOENT: it has none, or one of an older kind. */
must_check int digest_state_load(const char *images, const char *entry,
                                 struct digest_state *ret_state);

#endif

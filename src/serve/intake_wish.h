/* What somebody wishes to have taken in (struct intake_wish), before any byte of it comes. */
#ifndef SERVE_INTAKE_WISH_H
#define SERVE_INTAKE_WISH_H

#include "base/checked.h"

#include "model/incoming.h"

/* Make up what was not wished, and refuse what cannot be: 0, or a negative errno and a sentence. */
must_check int intake_wish_complete(struct intake_wish *wish, char sentence[INTAKE_SENTENCE_MAX]);

/* Whoever may see what comes may not see what was given to get it: the whole address is the
 * courier's alone. */
void intake_wish_forget_secrets(struct intake_wish *wish);

/* A refusal: `format` with `detail`, escaped, for its "%". Returns `error`. */
int intake_wish_say(char sentence[INTAKE_SENTENCE_MAX], int error, const char *format,
                    const char *detail);

#endif

/* Templates of answer files written and taken away, in answers/ of the state folder. */
#ifndef SERVE_ANSWER_WRITE_H
#define SERVE_ANSWER_WRITE_H

#include "base/checked.h"
#include "base/text.h"

/* Write `text` as the template `file` ("web.preseed"), in the place of one that may be there; it is
 * read as a template before. 0, or a negative errno and a sentence: -EINVAL (the name is none, or
 * the text cannot be read), -EACCES (the folder is another user's). */
must_check int answer_write(const char *state, const char *file, struct span text,
                            struct text *why);

/* Take it away: -ENOENT when there is none. */
must_check int answer_remove(const char *state, const char *file, struct text *why);

#endif

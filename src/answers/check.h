/* Is what was rendered a text of its kind's format? */
#ifndef ANSWERS_CHECK_H
#define ANSWERS_CHECK_H

#include "base/text.h"

#include "model/answer_kind.h"

/* False with a sentence in `why` ("web.ignition, as rendered, line 3: ..."). */
bool answer_check(const struct answer_file *file, const char *name, struct span text,
                  struct text *why);

#endif

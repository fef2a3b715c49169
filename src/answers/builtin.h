/* The templates that come with tugboot: answers/default.* of the source tree. */
#ifndef ANSWERS_BUILTIN_H
#define ANSWERS_BUILTIN_H

#include "model/answer_kind.h"

/* The default of a file. */
struct span answer_builtin(const struct answer_file *file);

#endif

/* From a template to a Lua chunk, line by line the same, so that Lua's messages name the template's
 * lines. Inside answers/ only. */
#ifndef ANSWERS_TRANSLATE_H
#define ANSWERS_TRANSLATE_H

#include "base/checked.h"
#include "base/text.h"

/* What the chunk calls, in the order of its arguments. */
#define TRANSLATE_PARAMETERS "__text, __emit, __truth, __each, __include, __fail"

#define TRANSLATE_DEPTH_MAX 64

struct translation {
    char *chunk; /* len bytes, malloc'ed */
    size_t len;
    struct span *literals; /* pieces of the source, by the number __text() is called with, from 1 */
    size_t literal_count;
    uint32_t line; /* of the fault */
    char fault[160];
};

/* 0, -EINVAL with line and fault, -ENOMEM. The literals point into the source. */
must_check int translate(struct span source, struct translation *out);
void translation_done(struct translation *t);

#endif

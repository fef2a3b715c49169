/* What a recipe found out about an image, by name, and how it is put into texts. */
#ifndef IMAGE_CAPTURES_H
#define IMAGE_CAPTURES_H

#include "base/span.h"
#include "base/text.h"

#define CAPTURES_MAX      24
#define CAPTURE_NAME_MAX  32
#define CAPTURE_VALUE_MAX 256

struct captures {
    struct {
        char name[CAPTURE_NAME_MAX];
        char value[CAPTURE_VALUE_MAX];
    } rows[CAPTURES_MAX];
    unsigned count;
};

/* Only printable ASCII that means nothing to templates, shells and boot scripts: letters, digits,
 * blanks and ._:+~@/,()=- */
bool capture_is_sound(struct span value);

/* Letters, digits, "_" and "-", at most 31. */
bool capture_is_name(struct span name);

/* Keep a value under a name that has none yet. False when there is no room, or it is not sound; a
 * name that has a value keeps it, which is no failure. An empty value is sound here. */
bool captures_add(struct captures *captures, struct span name, struct span value);

/* The value, or NULL. */
const char *captures_find(const struct captures *captures, struct span name);

/* Append `text` with ${name} replaced by what was captured. What was not captured is left as it is
 * with `keep`, for the template of the machine; else it is a failure. "$$" is passed on. */
bool captures_expand(const struct captures *captures, const char *text, bool keep,
                     struct text *out);

/* Call `name` for each ${name} in a text; `has_default` where it is written ${name:-text}. */
void captures_each_name(const char *text,
                        void (*name)(void *context, struct span name, bool has_default),
                        void *context);

#endif

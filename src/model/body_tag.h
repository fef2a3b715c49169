/* Which bytes are these? A tag that is the same for the same parts and hardly ever for others: an
 * entity tag for bodies that are put together. */
#ifndef MODEL_BODY_TAG_H
#define MODEL_BODY_TAG_H

#include "model/body.h"

/* Two independent hashes over all that the bytes are made of. */
struct body_tag {
    uint64_t hash[2];
};

/* `format` tells kinds of bodies apart, and one version of how they are made from the next. */
struct body_tag body_tag_begin(uint64_t format);
void body_tag_add(struct body_tag *tag, struct span bytes);
void body_tag_add_number(struct body_tag *tag, uint64_t number);
/* "word-0123456789abcdef0123456789abcdef" in quotes; the word is of at most 16 letters. */
void body_tag_write(const struct body_tag *tag, const char *word, char out[BODY_ETAG_MAX]);

#endif

/* See body_tag.h. */
#include "model/body_tag.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/siphash.h"
#include "base/writer.h"

struct body_tag body_tag_begin(uint64_t format)
{
    return (struct body_tag){ .hash = { format, format } };
}

void body_tag_add(struct body_tag *tag, struct span bytes)
{
    for (unsigned lane = 0; lane < 2; lane++) {
        const struct hash_key key = { tag->hash[lane], 0x746f6f626775745full + lane };
        tag->hash[lane] = siphash(&key, bytes);
    }
}

void body_tag_add_number(struct body_tag *tag, uint64_t number)
{
    uint8_t bytes[8];
    struct writer w = writer_over(bytes, sizeof bytes);
    writer_le64(&w, number);
    body_tag_add(tag, writer_span(&w));
}

void body_tag_write(const struct body_tag *tag, const char *word, char out[BODY_ETAG_MAX])
{
    snprintf(out, BODY_ETAG_MAX, "\"%.16s-%016" PRIx64 "%016" PRIx64 "\"", word, tag->hash[0],
             tag->hash[1]);
}

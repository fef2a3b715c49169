/* See mirror_header.h: five lines of text, and zeros. */
#include "mirror/mirror_header.h"

#include <inttypes.h>

static const char mark[] = "tugboot mirror 1";

void mirror_header_encode(const struct mirror_header *header, uint8_t out[MIRROR_HEADER_BYTES])
{
    char data[MIRROR_HEADER_BYTES];
    struct text t = text_over(data, sizeof data);
    text_addf(&t, "%s\n%s\n%s\n%s\n%" PRIu64 "\n", mark, header->key, header->etag,
              header->modified, header->size);
    memset(out, 0, MIRROR_HEADER_BYTES);
    memcpy(out, t.data, t.len);
}

static bool take_line(struct span *rest, char *out, size_t cap)
{
    size_t end = span_find(*rest, '\n');
    struct span line = span_slice(*rest, 0, end);
    if (end == rest->len || line.len >= cap || span_find(line, 0) < line.len)
        return false;
    span_to_text(line, out, cap);
    *rest = span_from(*rest, end + 1);
    return true;
}

static bool take_number(struct span *rest, uint64_t *ret)
{
    char digits[24];
    uint64_t number = 0;
    if (!take_line(rest, digits, sizeof digits) || !digits[0] || strlen(digits) > 18)
        return false;
    for (const char *p = digits; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        number = number * 10 + (uint64_t)(*p - '0');
    }
    *ret = number;
    return true;
}

bool mirror_header_decode(struct span block, struct mirror_header *ret_header)
{
    struct mirror_header h = { 0 };
    char first[sizeof mark];
    struct span key, upstream, path;
    char name[MIRROR_KEY_MAX + 8];
    struct text t = text_over(name, sizeof name);

    if (block.len != MIRROR_HEADER_BYTES || !take_line(&block, first, sizeof first) ||
        strcmp(first, mark) != 0 || !take_line(&block, h.key, sizeof h.key) ||
        !take_line(&block, h.etag, sizeof h.etag) ||
        !take_line(&block, h.modified, sizeof h.modified) || !take_number(&block, &h.size))
        return false;
    text_addf(&t, "mirror/%s", h.key);
    if (!mirror_name_split(text_span(&t), &key, &upstream, &path))
        return false;
    *ret_header = h;
    return true;
}

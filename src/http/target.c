/* See target.h. Firmware sends `//`, `\` (also coded, %5C) and absolute-form; a redirect to the
 * clean name would end its boot, so all of them are understood in place. */
#include "http/target.h"

#include "model/url.h"

static bool starts_with_nocase(struct span s, const char *prefix)
{
    return span_equals_nocase(span_slice(s, 0, strlen(prefix)), span_text(prefix));
}

/* Where the path of an absolute-form begins, or an empty span for "http://host". */
static struct span after_authority(struct span s, const char *scheme)
{
    s = span_from(s, strlen(scheme));
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '/' || s.data[i] == '?' || s.data[i] == '\\')
            return span_from(s, i);
    return (struct span){ 0 };
}

enum http_flaw http_target_split(struct span target, struct span *ret_path, struct span *ret_query)
{
    if (starts_with_nocase(target, "http://"))
        target = after_authority(target, "http://");
    else if (starts_with_nocase(target, "https://"))
        target = after_authority(target, "https://");
    else if (target.len == 0 || (target.data[0] != '/' && target.data[0] != '\\'))
        return HTTP_TARGET_MALFORMED;
    target = span_slice(target, 0, span_find(target, '#'));
    size_t mark = span_find(target, '?');
    *ret_path = span_slice(target, 0, mark);
    *ret_query = span_from(target, mark + 1);
    if (ret_path->len == 0)
        *ret_path = span_text("/");
    return HTTP_SOUND;
}

enum http_flaw http_target_decode(struct span path, struct text *out)
{
    if (!url_decode(path, out))
        return HTTP_TARGET_TOO_LONG;
    size_t used = 0;
    for (size_t i = 0; i < out->len; i++) {
        uint8_t c = (uint8_t)out->data[i];
        if (c < 0x20 || c == 0x7f)
            return HTTP_TARGET_HAS_NUL;
        if (c == '\\')
            c = '/';
        if (c == '/' && used > 0 && out->data[used - 1] == '/')
            continue;
        out->data[used++] = (char)c;
    }
    out->len = used;
    out->data[used] = 0;
    return HTTP_SOUND;
}

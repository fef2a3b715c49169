/* See safe_path.h. */
#include "model/safe_path.h"

static bool is_separator(uint8_t c)
{
    return c == '/' || c == '\\';
}

static enum path_flaw add_part(struct safe_path *path, struct span part)
{
    if (part.len == 0 || span_is(part, "."))
        return PATH_SOUND;
    if (span_is(part, ".."))
        return PATH_CLIMBS;
    size_t slash = path->len > 0 ? 1 : 0;
    if (part.len + slash + path->len >= SAFE_PATH_MAX)
        return PATH_TOO_LONG;
    if (slash)
        path->text[path->len++] = '/';
    memcpy(path->text + path->len, part.data, part.len);
    path->len = (uint16_t)(path->len + part.len);
    path->text[path->len] = 0;
    return PATH_SOUND;
}

enum path_flaw safe_path_parse(struct span name, struct safe_path *ret_path)
{
    struct safe_path path;
    size_t start = 0;

    path.len = 0;
    path.text[0] = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == 0)
            return PATH_HAS_NUL;
        if (name.data[i] < 0x20 || name.data[i] == 0x7f)
            return PATH_HAS_CONTROL;
        if (!is_separator(name.data[i]))
            continue;
        enum path_flaw flaw = add_part(&path, span_slice(name, start, i - start));
        if (flaw != PATH_SOUND)
            return flaw;
        start = i + 1;
    }
    enum path_flaw flaw = add_part(&path, span_from(name, start));
    if (flaw == PATH_SOUND)
        *ret_path = path;
    return flaw;
}

static size_t last_slash(const struct safe_path *path)
{
    for (size_t i = path->len; i-- > 0;)
        if (path->text[i] == '/')
            return i;
    return path->len;
}

struct span safe_path_base(const struct safe_path *path)
{
    size_t slash = last_slash(path);
    if (slash == path->len)
        return safe_path_span(path);
    return span_from(safe_path_span(path), slash + 1);
}

struct span safe_path_folder(const struct safe_path *path)
{
    size_t slash = last_slash(path);
    return slash == path->len ? (struct span){ 0 } : span_slice(safe_path_span(path), 0, slash);
}

const char *path_flaw_text(enum path_flaw flaw)
{
    static const char *const texts[] = {
        [PATH_SOUND] = "sound",
        [PATH_TOO_LONG] = "the name is longer than 511 bytes",
        [PATH_CLIMBS] = "the name climbs out of the folder (\"..\")",
        [PATH_HAS_NUL] = "the name has a NUL byte in it",
        [PATH_HAS_CONTROL] = "the name has a control character in it",
    };
    return texts[flaw];
}

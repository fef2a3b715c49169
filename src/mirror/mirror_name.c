/* See mirror_name.h. Debian's policy for names of packages and of by-hash files, createrepo's names
 * with a digest in front, and the packages of pacman and apk. */
#include "mirror/mirror_name.h"

static bool ends_with(struct span s, const char *ending)
{
    size_t len = strlen(ending);
    return s.len > len && span_is(span_from(s, s.len - len), ending);
}

static bool has_part(struct span path, const char *part)
{
    while (path.len > 0) {
        size_t end = span_find(path, '/');
        if (span_is(span_slice(path, 0, end), part))
            return true;
        path = span_from(path, end + 1);
    }
    return false;
}

static struct span base_of(struct span path)
{
    for (size_t end = span_find(path, '/'); end < path.len; end = span_find(path, '/'))
        path = span_from(path, end + 1);
    return path;
}

/* "0123...-primary.xml.gz": 32 to 128 hexadecimal digits in front. */
static bool begins_with_digest(struct span name)
{
    size_t len = 0;
    while (len < name.len && ((name.data[len] >= '0' && name.data[len] <= '9') ||
                              (name.data[len] >= 'a' && name.data[len] <= 'f')))
        len++;
    return len >= 32 && len < name.len && name.data[len] == '-';
}

enum mirror_kind mirror_kind_of(struct span path)
{
    static const char *const packages[] = { ".deb",  ".udeb", ".ddeb",        ".dsc",       ".rpm",
                                            ".drpm", ".apk",  ".pkg.tar.zst", ".pkg.tar.xz" };
    struct span name = base_of(path);
    if (has_part(path, "by-hash") || begins_with_digest(name))
        return MIRROR_LASTING;
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++)
        if (ends_with(name, packages[i]))
            return MIRROR_LASTING;
    /* Sources: the pool has nothing that changes under its name. */
    return span_starts_with(path, "pool/") && span_find(name, '_') < name.len ? MIRROR_LASTING
                                                                              : MIRROR_INDEX;
}

static bool is_sound(struct span path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] < 0x20 || path.data[i] == 0x7f || path.data[i] == '\\')
            return false;
    while (path.len > 0) {
        size_t end = span_find(path, '/');
        struct span part = span_slice(path, 0, end);
        if (part.len == 0 || span_is(part, ".") || span_is(part, ".."))
            return false;
        if (end + 1 == path.len)
            return false; /* a folder */
        path = span_from(path, end + 1);
    }
    return true;
}

bool mirror_name_split(struct span asked, struct span *ret_key, struct span *ret_upstream,
                       struct span *ret_path)
{
    static const char folder[] = "mirror/";
    while (asked.len > 0 && asked.data[0] == '/')
        asked = span_from(asked, 1);
    if (!span_starts_with(asked, folder))
        return false;
    struct span key = span_from(asked, sizeof folder - 1);
    size_t slash = span_find(key, '/');
    if (key.len == 0 || key.len >= MIRROR_KEY_MAX || slash == 0 || slash + 1 >= key.len ||
        slash >= MIRROR_UPSTREAM_MAX || !is_sound(key))
        return false;
    *ret_key = key;
    *ret_upstream = span_slice(key, 0, slash);
    *ret_path = span_from(key, slash + 1);
    return true;
}

void mirror_add_coded(struct text *out, struct span path)
{
    static const char plain[] = "-._~!$&'()*+,;=:@/";
    for (size_t i = 0; i < path.len; i++) {
        uint8_t c = path.data[i], low = ascii_lower(c);
        bool is_plain = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
                        (c != 0 && memchr(plain, c, sizeof plain - 1));
        if (is_plain)
            text_add_char(out, (char)c);
        else
            text_addf(out, "%%%02X", c);
    }
}

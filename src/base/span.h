/* A run of bytes somebody else owns: pointer and length, passed by value. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *data;
    size_t len;
};

/* The bytes of a string literal or array initialiser, for tables and tests. */
#define BYTES(...)                                                                                 \
    ((struct span){ .data = (const uint8_t[]){ __VA_ARGS__ },                                      \
                    .len = sizeof((const uint8_t[]){ __VA_ARGS__ }) })

static inline struct span span_of(const void *data, size_t len)
{
    return (struct span){ .data = data, .len = len };
}

/* The text's bytes without its NUL; NULL gives an empty span. */
static inline struct span span_text(const char *text)
{
    return (struct span){ .data = (const uint8_t *)text, .len = text ? strlen(text) : 0 };
}

static inline bool span_equals(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equals(a, span_text(text));
}

static inline bool span_starts_with(struct span a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.len >= n && (n == 0 || memcmp(a.data, prefix, n) == 0);
}

/* The part from `from`, at most `len` bytes; what lies outside is cut off, never read. */
static inline struct span span_slice(struct span a, size_t from, size_t len)
{
    if (from >= a.len)
        return (struct span){ 0 };
    size_t left = a.len - from;
    return (struct span){ .data = a.data + from, .len = len < left ? len : left };
}

static inline struct span span_from(struct span a, size_t from)
{
    return span_slice(a, from, SIZE_MAX);
}

/* Without the bytes at both ends that are none of it. */
static inline struct span span_trim(struct span a, bool (*is_blank)(uint8_t c))
{
    while (a.len > 0 && is_blank(a.data[0]))
        a = span_from(a, 1);
    while (a.len > 0 && is_blank(a.data[a.len - 1]))
        a.len--;
    return a;
}

/* Where `byte` first stands, or a.len. */
static inline size_t span_find(struct span a, uint8_t byte)
{
    const uint8_t *at = a.len > 0 ? memchr(a.data, byte, a.len) : NULL;
    return at ? (size_t)(at - a.data) : a.len;
}

static inline uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Equal when ASCII case is ignored. */
static inline bool span_equals_nocase(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

static inline bool span_is_nocase(struct span a, const char *text)
{
    return span_equals_nocase(a, span_text(text));
}

static inline bool span_ends_with(struct span a, const char *text)
{
    size_t len = strlen(text);
    return a.len >= len && span_is(span_from(a, a.len - len), text);
}

static inline bool span_ends_with_nocase(struct span a, const char *text)
{
    size_t len = strlen(text);
    return a.len >= len && span_is_nocase(span_from(a, a.len - len), text);
}

/* Copy into a C string of `cap` bytes, always NUL-terminated, cut if too long, NULs dropped. */
static inline void span_to_text(struct span a, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t i = 0; i < a.len && used + 1 < cap; i++)
        if (a.data[i] != 0)
            out[used++] = (char)a.data[i];
    if (cap > 0)
        out[used] = 0;
}

#endif

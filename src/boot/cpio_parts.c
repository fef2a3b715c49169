/* See cpio_parts.h. A kernel makes no folder by itself, so those of a name are members of their
 * own, each time: one that is there already does no harm. */
#include "boot/cpio_parts.h"

#include <assert.h>

#include "base/writer.h"

#define HEADER_BYTES 110
#define MODE_FOLDER  0040755
#define MODE_FILE    0100644

static void put_hex(struct writer *w, uint32_t value)
{
    static const char digits[] = "0123456789abcdef";
    for (int shift = 28; shift >= 0; shift -= 4)
        writer_u8(w, (uint8_t)digits[value >> shift & 15]);
}

static void put_zeros(struct writer *w, size_t count)
{
    while (count-- > 0)
        writer_u8(w, 0);
}

static void put_member(struct writer *w, struct span name, uint32_t mode, uint32_t size,
                       uint32_t number)
{
    const uint32_t fields[] = {
        number,
        mode,
        0,
        0, /* inode, mode, owner, group */
        mode == MODE_FOLDER ? 2 : 1,
        0,
        size, /* links, time, bytes */
        0,
        0,
        0,
        0, /* devices */
        (uint32_t)name.len + 1,
        0, /* the name's length with its NUL, no check sum */
    };
    writer_text(w, "070701");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        put_hex(w, fields[i]);
    writer_bytes(w, name);
    put_zeros(w, 1 + cpio_padding(HEADER_BYTES + name.len + 1));
}

static size_t member_length(size_t name_len)
{
    size_t length = HEADER_BYTES + name_len + 1;
    return length + cpio_padding(length);
}

/* Is it a path with sound parts? *ret_bytes is what all its members' headers take. */
static bool measure(struct span name, size_t *ret_bytes)
{
    size_t bytes = 0;
    if (name.len == 0 || name.len > CPIO_NAME_MAX)
        return false;
    for (size_t at = 0; at <= name.len;) {
        size_t len = span_find(span_from(name, at), '/');
        struct span part = span_slice(name, at, len);
        if (part.len == 0 || span_is(part, ".") || span_is(part, ".."))
            return false;
        bytes += member_length(at + len);
        at += len + 1;
    }
    *ret_bytes = bytes;
    return true;
}

struct span cpio_header(struct arena *arena, const char *name, uint64_t size, uint32_t number,
                        uint32_t *ret_number)
{
    const struct span none = { 0 };
    struct span path = span_text(name);
    size_t bytes;
    uint32_t file_size;

    while (span_starts_with(path, "/"))
        path = span_from(path, 1);
    if (!measure(path, &bytes) || !narrow_u32(size, &file_size))
        return none;
    uint8_t *out = arena_alloc(arena, bytes);
    if (!out)
        return none;
    struct writer w = writer_over(out, bytes);
    for (size_t at = 0; at <= path.len;) {
        size_t end = at + span_find(span_from(path, at), '/');
        bool is_file = end == path.len;
        put_member(&w, span_slice(path, 0, end), is_file ? MODE_FILE : MODE_FOLDER,
                   is_file ? file_size : 0, number++);
        at = end + 1;
    }
    *ret_number = number;
    return w.failed ? none : writer_span(&w);
}

struct span cpio_trailer(void)
{
    static const char trailer[] = "070701"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "00000001"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "00000000"
                                  "0000000b"
                                  "00000000"
                                  "TRAILER!!!\0\0\0";
    static_assert((sizeof trailer) % CPIO_ALIGN == 0, "the end is at a border");
    return span_of(trailer, sizeof trailer);
}

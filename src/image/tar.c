/* See tar.h. POSIX.1-2017 pax, "ustar Interchange Format"; of GNU's extensions the long name ('L',
 * "././@LongLink"). A pax header ('x', 'g') is passed over like any record that is no file: the
 * names it gives are longer than those anybody looks for. */
#include "image/tar.h"

#include "base/checked.h"
#include "base/reader.h"
#include "base/text.h"

#define SIZE_MAX_BYTES ((uint64_t)1 << 40)

struct header {
    char name[TAR_NAME_MAX];
    uint64_t size;
    uint8_t type;
};

struct tar tar_begin(const struct tar_sink *sink)
{
    return (struct tar){ .sink = *sink };
}

/* Octal digits between blanks and NULs. */
static bool read_octal(struct span field, uint64_t *ret)
{
    uint64_t value = 0;
    size_t at = 0, digits = 0;

    while (at < field.len && field.data[at] == ' ')
        at++;
    for (; at < field.len && field.data[at] >= '0' && field.data[at] <= '7'; at++, digits++)
        value = value << 3 | (uint64_t)(field.data[at] - '0');
    for (; at < field.len; at++)
        if (field.data[at] != ' ' && field.data[at] != 0)
            return false;
    *ret = value;
    return digits > 0 && digits <= 13;
}

/* The sum of all bytes of the header, its own field counted as blanks. */
static bool is_sum_right(const uint8_t block[TAR_BLOCK])
{
    uint64_t wanted, sum = 0;

    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : block[i];
    return read_octal(span_of(block + 148, 8), &wanted) && wanted == sum;
}

static struct span text_field(struct reader *r, size_t length)
{
    struct span field = reader_take(r, length);
    return span_slice(field, 0, span_find(field, 0));
}

/* name 100, mode, uid, gid 8 each, size 12, mtime 12, checksum 8, type 1, link 100, magic 6,
 * version 2, user 32, group 32, device 8 and 8, prefix 155. */
static enum tar_flaw read_header(const uint8_t block[TAR_BLOCK], struct header *out)
{
    struct reader r = reader_over(span_of(block, TAR_BLOCK));

    if (!is_sum_right(block))
        return TAR_BAD_HEADER;
    struct span name = text_field(&r, 100);
    reader_skip(&r, 24);
    struct span size = reader_take(&r, 12);
    reader_skip(&r, 20);
    out->type = reader_u8(&r);
    reader_skip(&r, 100);
    bool is_ustar = span_is(text_field(&r, 6), "ustar");
    reader_skip(&r, 82);
    struct span prefix = text_field(&r, 155);
    if (!read_octal(size, &out->size) || out->size > SIZE_MAX_BYTES)
        return TAR_BAD_NUMBER;
    struct text t = text_over(out->name, sizeof out->name);
    if (is_ustar && prefix.len > 0) {
        text_add_span(&t, prefix);
        text_add_char(&t, '/');
    }
    text_add_span(&t, name); /* 155 + 1 + 100 fit exactly, but for the NUL */
    if (t.failed)
        out->name[0] = 0;
    return TAR_SOUND;
}

static void take_header(struct tar *tar)
{
    static const uint8_t zeros[TAR_BLOCK];
    struct header header;

    if (memcmp(tar->block, zeros, TAR_BLOCK) == 0) {
        tar->ended = true;
        return;
    }
    tar->flaw = read_header(tar->block, &header);
    if (tar->flaw != TAR_SOUND)
        return;
    tar->left = header.size;
    tar->padding = (TAR_BLOCK - header.size % TAR_BLOCK) % TAR_BLOCK;
    tar->is_name = header.type == 'L';
    tar->is_wanted = false;
    if (tar->is_name) {
        tar->name_len = 0;
        return;
    }
    bool is_file = header.type == '0' || header.type == 0;
    bool has_long_name = tar->name_len > 0;
    const char *name = has_long_name ? tar->name : header.name;
    if (is_file && name[0] && (!has_long_name || tar->name_len < TAR_NAME_MAX))
        tar->is_wanted = tar->sink.begin(tar->sink.context, name, header.size);
    tar->name_len = 0;
    if (tar->is_wanted && header.size == 0 && !tar->sink.end(tar->sink.context))
        tar->flaw = TAR_STOPPED;
}

static void take_name(struct tar *tar, struct span bytes)
{
    for (size_t i = 0; i < bytes.len && bytes.data[i] != 0; i++) {
        if (tar->name_len < TAR_NAME_MAX - 1) {
            tar->name[tar->name_len] = (char)bytes.data[i];
            tar->name[tar->name_len + 1] = 0;
        }
        tar->name_len++;
    }
}

static void take_contents(struct tar *tar, struct span bytes)
{
    if (tar->is_name)
        take_name(tar, bytes);
    if (tar->is_wanted && !tar->sink.data(tar->sink.context, bytes))
        tar->flaw = TAR_STOPPED;
    tar->left -= bytes.len;
    if (tar->left == 0 && tar->is_wanted && tar->flaw == TAR_SOUND &&
        !tar->sink.end(tar->sink.context))
        tar->flaw = TAR_STOPPED;
}

enum tar_flaw tar_feed(struct tar *tar, struct span bytes)
{
    while (bytes.len > 0 && tar->flaw == TAR_SOUND && !tar->ended) {
        size_t n;
        if (tar->left > 0) {
            n = tar->left < bytes.len ? (size_t)tar->left : bytes.len;
            take_contents(tar, span_slice(bytes, 0, n));
        } else if (tar->padding > 0) {
            n = tar->padding < bytes.len ? (size_t)tar->padding : bytes.len;
            tar->padding -= n;
        } else {
            n = min_size(TAR_BLOCK - tar->block_len, bytes.len);
            memcpy(tar->block + tar->block_len, bytes.data, n);
            tar->block_len += n;
            if (tar->block_len == TAR_BLOCK) {
                tar->block_len = 0;
                take_header(tar);
            }
        }
        bytes = span_from(bytes, n);
    }
    return tar->flaw;
}

enum tar_flaw tar_finish(const struct tar *tar)
{
    bool is_within = tar->left > 0 || tar->padding > 0 || tar->block_len > 0;
    return tar->flaw == TAR_SOUND && !tar->ended && is_within ? TAR_CUT : tar->flaw;
}

const char *tar_flaw_text(enum tar_flaw flaw)
{
    static const char *const texts[] = {
        [TAR_SOUND] = "it is sound",
        [TAR_BAD_HEADER] = "it is no tar archive, or it is damaged",
        [TAR_BAD_NUMBER] = "a file in it has a senseless size",
        [TAR_CUT] = "it is cut off within a file",
        [TAR_STOPPED] = "what is in it could not be kept",
    };
    return texts[flaw];
}

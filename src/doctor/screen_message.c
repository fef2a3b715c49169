/* See screen_message.h. A message is looked through without regard to case; of iPXE's number only
 * what stands as eight hexadecimal digits counts, with or without 0x. */
#include "doctor/screen_message.h"

static const struct screen_message rows[] = {
#define SCREEN(key_, says_, cause_, look_, cure_, source_)                                         \
    { key_, says_, cause_, look_, cure_, source_ },
#define IPXE(...)
#include "doctor/screen_message.def"
#undef SCREEN
#undef IPXE
};

static const struct {
    uint8_t posix, part;
    uint16_t file;
    struct screen_message message;
} numbers[] = {
#define SCREEN(...)
#define IPXE(posix_, file_, part_, says_, cause_, look_, cure_, source_)                           \
    { .posix = posix_,                                                                             \
      .file = file_,                                                                               \
      .part = part_,                                                                               \
      .message = { "", says_, cause_, look_, cure_, source_ } },
#include "doctor/screen_message.def"
#undef SCREEN
#undef IPXE
};

/* ipxe: src/include/errno.h, the numbers are those of newlib without gaps. */
static const char *const posix_names[] = {
    [0x01] = "E2BIG",         [0x02] = "EACCES",          [0x03] = "EADDRINUSE",
    [0x04] = "EADDRNOTAVAIL", [0x05] = "EAFNOSUPPORT",    [0x06] = "EAGAIN",
    [0x07] = "EALREADY",      [0x08] = "EBADF",           [0x09] = "EBADMSG",
    [0x0a] = "EBUSY",         [0x0b] = "ECANCELED",       [0x0c] = "ECHILD",
    [0x0d] = "ECONNABORTED",  [0x0e] = "ECONNREFUSED",    [0x0f] = "ECONNRESET",
    [0x11] = "EDESTADDRREQ",  [0x14] = "EEXIST",          [0x15] = "EFAULT",
    [0x16] = "EFBIG",         [0x17] = "EHOSTUNREACH",    [0x1a] = "EINPROGRESS",
    [0x1b] = "EINTR",         [0x1c] = "EINVAL",          [0x1d] = "EIO",
    [0x1e] = "EISCONN",       [0x1f] = "EISDIR",          [0x20] = "ELOOP",
    [0x21] = "EMFILE",        [0x23] = "EMSGSIZE",        [0x25] = "ENAMETOOLONG",
    [0x26] = "ENETDOWN",      [0x27] = "ENETRESET",       [0x28] = "ENETUNREACH",
    [0x29] = "ENFILE",        [0x2a] = "ENOBUFS",         [0x2b] = "ENODATA",
    [0x2c] = "ENODEV",        [0x2d] = "ENOENT",          [0x2e] = "ENOEXEC",
    [0x2f] = "ENOLCK",        [0x31] = "ENOMEM",          [0x32] = "ENOMSG",
    [0x34] = "ENOSPC",        [0x37] = "ENOSYS",          [0x38] = "ENOTCONN",
    [0x39] = "ENOTDIR",       [0x3b] = "ENOTSOCK",        [0x3c] = "ENOTSUP",
    [0x3d] = "ENOTTY",        [0x3e] = "ENXIO",           [0x3f] = "EOPNOTSUPP",
    [0x40] = "EOVERFLOW",     [0x41] = "EPERM",           [0x42] = "EPIPE",
    [0x43] = "EPROTO",        [0x44] = "EPROTONOSUPPORT", [0x46] = "ERANGE",
    [0x4a] = "ESTALE",        [0x4b] = "ETIME",           [0x4c] = "ETIMEDOUT",
    [0x4e] = "EWOULDBLOCK",   [0x7f] = "EPLATFORM",
};

const char *ipxe_error_name(uint8_t posix)
{
    return posix < sizeof posix_names / sizeof posix_names[0] ? posix_names[posix] : NULL;
}

const struct screen_message *screen_message_at(size_t i)
{
    return i < sizeof rows / sizeof rows[0] ? &rows[i] : NULL;
}

static bool has_part(struct span s, struct span part)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (span_equals_nocase(span_slice(s, i, part.len), part))
            return true;
    return false;
}

static int hex_of(uint8_t c)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first run of exactly eight hexadecimal digits, "0x" before it left out. */
static uint32_t find_number(struct span s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t number = 0;
        size_t digits = 0;
        while (i + digits < s.len && hex_of(s.data[i + digits]) >= 0) {
            number = number << 4 | (uint32_t)hex_of(s.data[i + digits]);
            digits++;
        }
        if (digits == 8)
            return number;
        i += digits > 0 ? digits : 1;
    }
    return 0;
}

static void take_apart(uint32_t number, struct ipxe_error *out)
{
    *out = (struct ipxe_error){ .number = number,
                                .posix = (uint8_t)(number >> 24 & 0x7f),
                                .file = (uint16_t)(number >> 13 & 0x7ff),
                                .part = (uint8_t)(number >> 8 & 0x1f),
                                .platform = (uint8_t)number };
}

static const struct screen_message *find_ipxe(const struct ipxe_error *e)
{
    const struct screen_message *best = NULL;
    unsigned int best_weight = 0;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].posix != e->posix || (numbers[i].file != 0 && numbers[i].file != e->file) ||
            (numbers[i].part != 0 && numbers[i].part != e->part))
            continue;
        unsigned int weight = 1u + (numbers[i].file != 0) * 2u + (numbers[i].part != 0);
        if (weight > best_weight) {
            best_weight = weight;
            best = &numbers[i].message;
        }
    }
    return best;
}

const struct screen_message *screen_message_find(struct span message, struct ipxe_error *ret_error)
{
    const struct screen_message *best = NULL;
    struct ipxe_error error;

    take_apart(find_number(message), &error);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (has_part(message, span_text(rows[i].key)) &&
            (!best || strlen(rows[i].key) > strlen(best->key)))
            best = &rows[i];
    /* Words say what was going on, but a number says it of this very place. */
    const struct screen_message *by_number =
        error.number != 0 && (!best || !has_part(span_text(best->key), span_text("0x")))
            ? find_ipxe(&error)
            : NULL;
    if (ret_error)
        *ret_error = by_number ? error : (struct ipxe_error){ 0 };
    return by_number ? by_number : best;
}

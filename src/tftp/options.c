/* See options.h. The option names are rows of a table; an option's bounds are those of its RFC.
 * What the client spelt is echoed as it spelt it, since some ROMs compare with their own capitals.
 */
#include "tftp/options.h"

#include <assert.h>

#include "base/checked.h"
#include "base/text.h"

#include "tftp/packet.h"

#define IPV4_UDP_AND_DATA 32 /* 20 of IPv4, 8 of UDP, 4 of DATA */

struct row {
    const char *name;
    uint64_t min, max;
};

static const struct row rows[] = {
    /* asking for more than TFTP_BLOCK_MAX is answered with less, as RFC 2348 allows */
    [TFTP_OPTION_BLKSIZE] = { "blksize", TFTP_BLOCK_MIN, UINT32_MAX }, /* RFC 2348 */
    [TFTP_OPTION_TSIZE] = { "tsize", 0, UINT64_MAX },                  /* RFC 2349 */
    [TFTP_OPTION_TIMEOUT] = { "timeout", 1, UINT8_MAX },               /* RFC 2349 */
    [TFTP_OPTION_WINDOWSIZE] = { "windowsize", 1, UINT16_MAX },        /* RFC 7440 */
};
static_assert(sizeof rows / sizeof rows[0] == TFTP_OPTION_COUNT, "a row for each option");

static bool parse_number(struct span s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        if (!checked_mul_u64(value, 10, &value) ||
            !checked_add_u64(value, (uint64_t)(s.data[i] - '0'), &value))
            return false;
    }
    *ret_value = value;
    return true;
}

static void take_pair(struct tftp_options *out, struct span name, struct span text)
{
    for (size_t i = 0; i < TFTP_OPTION_COUNT; i++) {
        uint64_t value;
        if (!span_is_nocase(name, rows[i].name))
            continue;
        if (out->asked[i] || !parse_number(text, &value))
            return;
        if (value < rows[i].min || value > rows[i].max)
            return;
        out->asked[i] = true;
        out->value[i] = value;
        out->name[i] = name;
        out->order[out->count++] = (uint8_t)i;
        return;
    }
}

void tftp_options_read(struct reader *r, struct tftp_options *out)
{
    *out = (struct tftp_options){ 0 };
    for (size_t i = 0; i < TFTP_PAIRS_MAX && reader_left(r) > 0; i++) {
        struct span name = reader_until(r, 0);
        /* ROMs pad requests with zeros: an empty name ends the options */
        if (r->failed || name.len == 0)
            return;
        struct span value = reader_until(r, 0);
        if (r->failed)
            return;
        take_pair(out, name, value);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t largest_block(const struct tftp_limits *limits)
{
    uint64_t largest = least(TFTP_BLOCK_MAX, limits->block_size_max);
    if (limits->mtu > IPV4_UDP_AND_DATA)
        largest = least(largest, limits->mtu - IPV4_UDP_AND_DATA);
    return largest < TFTP_BLOCK_MIN ? TFTP_BLOCK_MIN : largest;
}

static uint64_t grant_value(enum tftp_option option, uint64_t asked,
                            const struct tftp_limits *limits, uint64_t size)
{
    switch (option) {
    case TFTP_OPTION_BLKSIZE:
        return least(asked, largest_block(limits));
    case TFTP_OPTION_TSIZE:
        return size;
    case TFTP_OPTION_TIMEOUT:
        return asked;
    case TFTP_OPTION_WINDOWSIZE:
        return least(asked, limits->window_max > 0 ? limits->window_max : 1);
    case TFTP_OPTION_COUNT:
        break;
    }
    return asked;
}

static void agree(struct tftp_terms *terms, enum tftp_option option, uint64_t value)
{
    switch (option) {
    case TFTP_OPTION_BLKSIZE:
        terms->block_size = (uint16_t)value;
        break;
    case TFTP_OPTION_TSIZE:
        terms->size_asked = true;
        break;
    case TFTP_OPTION_TIMEOUT:
        terms->timeout_s = (uint8_t)value;
        break;
    case TFTP_OPTION_WINDOWSIZE:
        terms->window = (uint16_t)value;
        break;
    case TFTP_OPTION_COUNT:
        break;
    }
}

void tftp_options_grant(const struct tftp_options *asked, const struct tftp_limits *limits,
                        uint64_t size, struct tftp_terms *ret_terms, struct writer *w)
{
    struct tftp_terms terms = {
        .block_size = TFTP_BLOCK_DEFAULT,
        .window = 1,
        .has_oack = asked->count > 0,
    };
    if (terms.has_oack)
        writer_be16(w, TFTP_OACK);
    for (size_t i = 0; i < asked->count; i++) {
        enum tftp_option option = (enum tftp_option)asked->order[i];
        uint64_t value = grant_value(option, asked->value[option], limits, size);
        agree(&terms, option, value);

        char digits[24];
        struct text t = text_over(digits, sizeof digits);
        text_addf(&t, "%llu", (unsigned long long)value);
        writer_bytes(w, asked->name[option]);
        writer_u8(w, 0);
        writer_bytes(w, text_span(&t));
        writer_u8(w, 0);
    }
    *ret_terms = terms;
}

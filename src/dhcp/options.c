/* See options.h. Two walks over the same bytes: the first adds up the length of each code, so that
 * the second can join split values in one block each; a hostile packet of a thousand pieces costs
 * two walks and not a thousand copies. The order of the areas is options, file, sname (RFC 2131
 * 4.1, RFC 3396 5); option 52 counts only in the first. */
#include "dhcp/options.h"

#include "base/checked.h"

struct tally {
    uint32_t length[256];
    uint16_t pieces[256];
};

struct areas {
    struct span spans[3];
    size_t count;
};

static bool next_option(struct reader *r, uint8_t *ret_code, struct span *ret_value)
{
    while (reader_left(r) > 0) {
        uint8_t code = reader_u8(r);
        if (code == OPTION_PAD)
            continue;
        if (code == OPTION_END)
            return false;
        *ret_code = code;
        *ret_value = reader_take(r, reader_u8(r));
        return !r->failed;
    }
    return false;
}

static enum dhcp4_flaw tally_area(struct span area, struct tally *tally, struct span *ret_overload)
{
    struct reader r = reader_over(area);
    uint8_t code;
    struct span value;

    while (next_option(&r, &code, &value)) {
        tally->length[code] += (uint32_t)value.len;
        tally->pieces[code]++;
        if (code == OPTION_OVERLOAD && ret_overload)
            *ret_overload = value;
    }
    return r.failed ? DHCP4_OPTION_CUT : DHCP4_SOUND;
}

/* Find the areas that hold options, and tally them. */
static enum dhcp4_flaw find_areas(struct span area, const struct dhcp4_header *header,
                                  struct areas *areas, struct tally *tally)
{
    struct span overload = { 0 };
    enum dhcp4_flaw flaw = tally_area(area, tally, &overload);

    areas->spans[areas->count++] = area;
    if (flaw != DHCP4_SOUND || !overload.data)
        return flaw;
    if (overload.len != 1 || overload.data[0] < 1 || overload.data[0] > 3)
        return DHCP4_OVERLOAD_INVALID;
    if (overload.data[0] & 1)
        areas->spans[areas->count++] = span_of(header->file, sizeof header->file);
    if (overload.data[0] & 2)
        areas->spans[areas->count++] = span_of(header->sname, sizeof header->sname);
    for (size_t i = 1; i < areas->count && flaw == DHCP4_SOUND; i++)
        flaw = tally_area(areas->spans[i], tally, NULL);
    return flaw;
}

static bool join(struct dhcp4_options *options, const struct tally *tally, uint8_t code,
                 struct span value, struct writer **joins, struct arena *scratch)
{
    struct span *have = &options->values[code];

    if (tally->pieces[code] == 1) {
        *have = value;
        return true;
    }
    if (!*joins)
        *joins = arena_array(scratch, struct writer, 256);
    if (!*joins)
        return false;
    struct writer *w = &(*joins)[code];
    if (!have->data) {
        uint8_t *block = arena_alloc(scratch, max_size(tally->length[code], 1));
        if (!block)
            return false;
        *w = writer_over(block, tally->length[code]);
    }
    writer_bytes(w, value);
    *have = writer_span(w);
    return !w->failed;
}

static const struct {
    uint8_t code;
    uint16_t least, most;
    const char *name;
} rows[] = {
#define OPTION(code_, name_, least_, most_, source_)                                               \
    { .code = code_, .least = least_, .most = most_, .name = #name_ },
#include "dhcp/options.def"
#undef OPTION
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static enum dhcp4_flaw check_lengths(const struct dhcp4_options *options)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct span value = options->values[rows[i].code];
        if (value.data && (value.len < rows[i].least || value.len > rows[i].most))
            return DHCP4_OPTION_LENGTH;
    }
    return DHCP4_SOUND;
}

enum dhcp4_flaw dhcp4_options_read(struct span area, const struct dhcp4_header *header,
                                   struct arena *scratch, struct dhcp4_options *ret_options)
{
    struct tally tally = { 0 };
    struct areas areas = { 0 };
    struct writer *joins = NULL; /* by code; only packets with split values need it */

    memset(ret_options, 0, sizeof *ret_options);
    enum dhcp4_flaw flaw = find_areas(area, header, &areas, &tally);
    if (flaw != DHCP4_SOUND)
        return flaw;
    for (size_t i = 0; i < areas.count; i++) {
        struct reader r = reader_over(areas.spans[i]);
        uint8_t code;
        struct span value;
        while (next_option(&r, &code, &value))
            if (!join(ret_options, &tally, code, value, &joins, scratch))
                return DHCP4_OPTIONS_TOO_MANY;
    }
    return check_lengths(ret_options);
}

uint8_t dhcp4_options_u8(const struct dhcp4_options *o, uint8_t code)
{
    struct reader r = reader_over(o->values[code]);
    return reader_u8(&r);
}

uint16_t dhcp4_options_be16(const struct dhcp4_options *o, uint8_t code)
{
    struct reader r = reader_over(o->values[code]);
    return reader_be16(&r);
}

uint32_t dhcp4_options_be32(const struct dhcp4_options *o, uint8_t code)
{
    struct reader r = reader_over(o->values[code]);
    return reader_be32(&r);
}

struct ipv4 dhcp4_options_ipv4(const struct dhcp4_options *o, uint8_t code)
{
    return (struct ipv4){ dhcp4_options_be32(o, code) };
}

struct span dhcp4_suboption_find(struct span encapsulated, uint8_t code)
{
    struct reader r = reader_over(encapsulated);
    uint8_t at;
    struct span value;

    while (next_option(&r, &at, &value))
        if (at == code)
            return value;
    return (struct span){ 0 };
}

const char *dhcp4_option_name(uint8_t code)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].code == code)
            return rows[i].name;
    return NULL;
}

/* See options_write.h. */
#include "dhcp/options_write.h"

#include "base/checked.h"

size_t options_write_limit(uint16_t max_size, uint16_t mtu, size_t most)
{
    size_t limit = DHCP4_SIZE_DEFAULT;

    if (max_size > DHCP4_SIZE_DEFAULT + DHCP4_SIZE_OVERHEAD)
        limit = (size_t)max_size - DHCP4_SIZE_OVERHEAD;
    /* Many boot ROMs do not reassemble: never go over the link's MTU. */
    if (mtu >= DHCP4_SIZE_DEFAULT + DHCP4_SIZE_OVERHEAD)
        limit = min_size(limit, (size_t)mtu - DHCP4_SIZE_OVERHEAD);
    return min_size(limit, most);
}

/* Bytes `value` needs on the wire, split in pieces of 255. */
static size_t wire_size(struct span value)
{
    size_t pieces = value.len == 0 ? 1 : (value.len + 254) / 255;
    return value.len + 2 * pieces;
}

struct options_writer options_write_begin(struct writer *w, size_t limit, struct span relay_info)
{
    size_t kept = 1 + (relay_info.len > 0 ? wire_size(relay_info) : 0);
    struct options_writer o = { .w = w, .relay_info = relay_info };

    if (!checked_sub(min_size(limit, w->cap), kept, &o.limit))
        o.overflown = true;
    return o;
}

static void put(struct writer *w, uint8_t code, struct span value)
{
    struct reader r = reader_over(value);

    do {
        struct span piece = reader_take(&r, min_size(reader_left(&r), 255));
        writer_u8(w, code);
        writer_u8(w, (uint8_t)piece.len);
        writer_bytes(w, piece);
    } while (reader_left(&r) > 0);
}

static bool has_room(const struct options_writer *o, struct span value)
{
    size_t end;
    return checked_add(o->w->len, wire_size(value), &end) && end <= o->limit;
}

void options_write(struct options_writer *o, uint8_t code, struct span value)
{
    if (!has_room(o, value))
        o->overflown = true;
    else
        put(o->w, code, value);
}

void options_write_if_room(struct options_writer *o, uint8_t code, struct span value)
{
    if (has_room(o, value))
        put(o->w, code, value);
}

void options_write_u8(struct options_writer *o, uint8_t code, uint8_t value)
{
    options_write(o, code, span_of(&value, 1));
}

void options_write_be32(struct options_writer *o, uint8_t code, uint32_t value)
{
    uint8_t bytes[4];
    struct writer w = writer_over(bytes, sizeof bytes);
    writer_be32(&w, value);
    options_write(o, code, writer_span(&w));
}

void options_write_ipv4(struct options_writer *o, uint8_t code, struct ipv4 value)
{
    options_write_be32(o, code, value.value);
}

bool options_write_end(struct options_writer *o)
{
    if (o->relay_info.len > 0)
        put(o->w, OPTION_RELAY_INFO, o->relay_info);
    writer_u8(o->w, OPTION_END);
    if (o->w->len < DHCP4_BOOTP_BYTES)
        writer_fill(o->w, 0, DHCP4_BOOTP_BYTES - o->w->len);
    return !o->overflown && !o->w->failed;
}

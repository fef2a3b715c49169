/* See load_message.h. The requests are those perfdhcp sends, or those OVMF's PXE sends. RFC 2131
 * 2, RFC 2132, RFC 4578. */
#include "load_message.h"

#include "base/reader.h"
#include "base/writer.h"

enum { BOOTREQUEST = 1, BOOTREPLY = 2, ETHERNET = 1, HEADER_BEFORE_OPTIONS = 236 };
#define MAGIC UINT32_C(0x63825363)

struct mac load_machine_mac(uint32_t n)
{
    return (struct mac){ .bytes = { 0x02, 0x74, (uint8_t)(n >> 24), (uint8_t)(n >> 16),
                                    (uint8_t)(n >> 8), (uint8_t)n } };
}

static void option_ipv4(struct writer *w, uint8_t code, struct ipv4 value)
{
    if (value.value == 0)
        return;
    writer_u8(w, code);
    writer_u8(w, 4);
    writer_be32(w, value.value);
}

static void option_bytes(struct writer *w, uint8_t code, struct span value)
{
    writer_u8(w, code);
    writer_u8(w, (uint8_t)value.len);
    writer_bytes(w, value);
}

static void pxe_options(struct writer *w, const struct load_ask *ask)
{
    uint8_t uuid[17] = { 0 };
    memcpy(uuid + 11, ask->mac.bytes, 6);
    option_bytes(w, 57, BYTES(0x05, 0xc0));
    option_bytes(w, 93, BYTES(0, 7));
    option_bytes(w, 94, BYTES(1, 3, 0));
    option_bytes(w, 97, span_of(uuid, sizeof uuid));
    option_bytes(w, 60, span_text("PXEClient:Arch:00007:UNDI:003000"));
    option_bytes(w, 55,
                 BYTES(1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54,
                       58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135));
}

size_t load_message_write(const struct load_ask *ask, uint8_t *out)
{
    struct writer w = writer_over(out, LOAD_MESSAGE_MAX);
    writer_u8(&w, BOOTREQUEST);
    writer_u8(&w, ETHERNET);
    writer_u8(&w, 6);
    writer_u8(&w, ask->giaddr.value ? 1 : 0); /* hops */
    writer_be32(&w, ask->xid);
    writer_be16(&w, 0);
    writer_be16(&w, ask->giaddr.value || ask->ciaddr.value ? 0 : 0x8000);
    writer_be32(&w, ask->ciaddr.value);
    writer_be32(&w, 0);
    writer_be32(&w, 0);
    writer_be32(&w, ask->giaddr.value);
    writer_bytes(&w, span_of(ask->mac.bytes, 6));
    writer_fill(&w, 0, HEADER_BEFORE_OPTIONS - w.len);
    writer_be32(&w, MAGIC);
    option_bytes(&w, 53, BYTES((uint8_t)ask->type));
    option_ipv4(&w, 50, ask->requested);
    option_ipv4(&w, 54, ask->server);
    if (ask->pxe)
        pxe_options(&w, ask);
    else
        option_bytes(&w, 55, BYTES(1, 28, 2, 3, 15, 6, 12));
    writer_u8(&w, 255);
    if (w.len < 300)
        writer_fill(&w, 0, 300 - w.len);
    return w.len;
}

static void read_option(uint8_t code, struct span value, struct load_told *told)
{
    struct reader r = reader_over(value);
    if (code == 53)
        told->type = reader_u8(&r);
    else if (code == 54)
        told->server.value = reader_be32(&r);
    else if (code == 60)
        told->names_pxe = span_starts_with(value, "PXEClient");
}

bool load_message_read(struct span bytes, struct load_told *ret_told)
{
    struct load_told told = { 0 };
    struct reader r = reader_over(bytes);
    uint8_t op = reader_u8(&r);
    reader_skip(&r, 3);
    told.xid = reader_be32(&r);
    reader_skip(&r, 8);
    told.yiaddr.value = reader_be32(&r);
    reader_skip(&r, 8);
    struct span mac = reader_take(&r, 6);
    reader_skip(&r, HEADER_BEFORE_OPTIONS - 34);
    if (reader_be32(&r) != MAGIC || op != BOOTREPLY || r.failed)
        return false;
    memcpy(told.mac.bytes, mac.data, 6);
    while (reader_left(&r) > 0) {
        uint8_t code = reader_u8(&r);
        if (code == 255)
            break;
        if (code == 0)
            continue;
        struct span value = reader_take(&r, reader_u8(&r));
        read_option(code, value, &told);
    }
    if (r.failed || told.type == 0)
        return false;
    *ret_told = told;
    return true;
}

/* See dhcp4_header.h. RFC 2131 2, figure 1; the magic of RFC 1497 counts as part of the header,
 * since nothing without it is of use to us. */
#include "dhcp/dhcp4_header.h"

static void read_bytes(struct reader *r, uint8_t *out, size_t len)
{
    struct span s = reader_take(r, len);
    if (s.len == len)
        memcpy(out, s.data, len);
}

enum dhcp4_flaw dhcp4_header_decode(struct reader *r, struct dhcp4_header *ret_header)
{
    struct dhcp4_header *h = ret_header;

    *h = (struct dhcp4_header){ 0 };
    h->op = reader_u8(r);
    h->htype = reader_u8(r);
    h->hlen = reader_u8(r);
    h->hops = reader_u8(r);
    h->xid = reader_be32(r);
    h->secs = reader_be16(r);
    h->flags = reader_be16(r);
    h->ciaddr.value = reader_be32(r);
    h->yiaddr.value = reader_be32(r);
    h->siaddr.value = reader_be32(r);
    h->giaddr.value = reader_be32(r);
    read_bytes(r, h->chaddr, sizeof h->chaddr);
    read_bytes(r, h->sname, sizeof h->sname);
    read_bytes(r, h->file, sizeof h->file);
    if (r->failed)
        return DHCP4_HEADER_CUT;
    /* A BOOTP message may end here, or carry vendor bytes of another kind. */
    if (reader_be32(r) != DHCP4_MAGIC)
        return DHCP4_NO_MAGIC;
    return DHCP4_SOUND;
}

void dhcp4_header_encode(struct writer *w, const struct dhcp4_header *header)
{
    writer_u8(w, header->op);
    writer_u8(w, header->htype);
    writer_u8(w, header->hlen);
    writer_u8(w, header->hops);
    writer_be32(w, header->xid);
    writer_be16(w, header->secs);
    writer_be16(w, header->flags);
    writer_be32(w, header->ciaddr.value);
    writer_be32(w, header->yiaddr.value);
    writer_be32(w, header->siaddr.value);
    writer_be32(w, header->giaddr.value);
    writer_bytes(w, span_of(header->chaddr, sizeof header->chaddr));
    writer_bytes(w, span_of(header->sname, sizeof header->sname));
    writer_bytes(w, span_of(header->file, sizeof header->file));
    writer_be32(w, DHCP4_MAGIC);
}

struct mac dhcp4_header_mac(const struct dhcp4_header *header)
{
    struct mac mac;
    memcpy(mac.bytes, header->chaddr, sizeof mac.bytes);
    return mac;
}

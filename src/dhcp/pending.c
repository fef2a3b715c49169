/* See pending.h. The free places are a chain through the places themselves. */
#include "dhcp/pending.h"

#include "base/writer.h"

struct held {
    struct arrival from;
    char interface_name[16];
    const struct recall_source *recall;
    uint32_t next_free;
    uint16_t https_port;
    bool offer_https;
    uint16_t len;
    uint8_t bytes[PENDING_BYTES_MAX];
};

struct pending {
    struct held *held;
    uint32_t used, limit, first_free;
};

static size_t rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

size_t pending_memory(uint32_t limit)
{
    return rounded(sizeof(struct pending)) + rounded(limit * sizeof(struct held));
}

struct pending *pending_init(void *memory, uint32_t limit)
{
    struct pending *p = memory;
    p->held = (void *)((uint8_t *)memory + rounded(sizeof *p));
    p->limit = limit;
    p->first_free = PENDING_NONE;
    return p;
}

void pending_replace(struct pending *p, uint32_t place, const struct dhcp4_input *in)
{
    struct held *h = &p->held[place];
    struct writer w = writer_over(h->bytes, sizeof h->bytes);

    writer_bytes(&w, in->bytes);
    if (w.failed)
        return; /* the older one does as well */
    h->len = (uint16_t)w.len;
    h->from = in->from;
    h->recall = in->recall;
    h->https_port = in->https_port;
    h->offer_https = in->offer_https;
    span_to_text(span_text(in->interface_name), h->interface_name, sizeof h->interface_name);
}

uint32_t pending_hold(struct pending *p, const struct dhcp4_input *in)
{
    uint32_t place = p->first_free;

    if (in->bytes.len > PENDING_BYTES_MAX)
        return PENDING_NONE;
    if (place != PENDING_NONE)
        p->first_free = p->held[place].next_free;
    else if (p->used < p->limit)
        place = p->used++;
    else
        return PENDING_NONE;
    pending_replace(p, place, in);
    return place;
}

void pending_get(const struct pending *p, uint32_t place, struct dhcp4_input *ret_in)
{
    const struct held *h = &p->held[place];
    ret_in->bytes = span_of(h->bytes, h->len);
    ret_in->from = h->from;
    ret_in->recall = h->recall;
    ret_in->https_port = h->https_port;
    ret_in->offer_https = h->offer_https;
    ret_in->interface_name = h->interface_name;
}

void pending_drop(struct pending *p, uint32_t place)
{
    p->held[place].next_free = p->first_free;
    p->first_free = place;
}

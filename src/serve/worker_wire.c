/* See worker_wire.h and helper_wire.h: fixed numbers and texts. */
#include "serve/worker_wire.h"

#include "serve/helper_wire.h"

#define FLAG_INSPECTED 0x01
#define FLAG_EFI       0x02
#define FLAG_SIGNED    0x04
#define FLAG_DAMAGED   0x08
#define FLAG_REVOKED   0x10

size_t worker_request_encode(const struct worker_request *request, uint8_t *out)
{
    struct writer w = writer_over(out, WORKER_REQUEST_MAX);
    writer_le32(&w, (uint32_t)request->task);
    writer_le32(&w, request->number);
    for (uint32_t i = 0; i < request->extent_count; i++) {
        writer_le64(&w, request->extents[i].offset);
        writer_le64(&w, request->extents[i].length);
    }
    return w.len;
}

bool worker_request_decode(struct span message, struct image_extent *extents,
                           struct worker_request *out)
{
    struct reader r = reader_over(message);
    uint32_t task = reader_le32(&r);
    struct worker_request request = { .number = reader_le32(&r), .extents = extents };
    while (!r.failed && reader_left(&r) > 0 && request.extent_count < WORKER_EXTENTS_MAX) {
        struct image_extent *extent = &extents[request.extent_count++];
        extent->offset = reader_le64(&r);
        extent->length = reader_le64(&r);
    }
    if (r.failed || reader_left(&r) > 0 || task >= WORKER_TASKS)
        return false;
    request.task = (enum worker_task)task;
    *out = request;
    return true;
}

static uint8_t flags_of(const struct secure_facts *f)
{
    return (uint8_t)((f->inspected ? FLAG_INSPECTED : 0) | (f->is_efi ? FLAG_EFI : 0) |
                     (f->is_signed ? FLAG_SIGNED : 0) | (f->is_damaged ? FLAG_DAMAGED : 0) |
                     (f->is_revoked ? FLAG_REVOKED : 0));
}

size_t worker_reply_encode(const struct worker_reply *reply, uint8_t *out)
{
    struct writer w = writer_over(out, WORKER_REPLY_MAX);
    writer_le32(&w, reply->number);
    writer_u8(&w, (uint8_t)reply->result);
    helper_wire_put_text(&w, reply->phrase, sizeof reply->phrase);
    writer_u8(&w, flags_of(&reply->facts));
    writer_u8(&w, reply->facts.signers);
    helper_wire_put_text(&w, reply->facts.vendor, sizeof reply->facts.vendor);
    helper_wire_put_text(&w, reply->facts.refusal, sizeof reply->facts.refusal);
    return w.len;
}

bool worker_reply_decode(struct span message, struct worker_reply *out)
{
    struct reader r = reader_over(message);
    *out = (struct worker_reply){ .number = reader_le32(&r) };
    uint8_t result = reader_u8(&r);
    helper_wire_take_text(&r, out->phrase, sizeof out->phrase);
    uint8_t flags = reader_u8(&r);
    out->facts = (struct secure_facts){ .inspected = (flags & FLAG_INSPECTED) != 0,
                                        .is_efi = (flags & FLAG_EFI) != 0,
                                        .is_signed = (flags & FLAG_SIGNED) != 0,
                                        .is_damaged = (flags & FLAG_DAMAGED) != 0,
                                        .is_revoked = (flags & FLAG_REVOKED) != 0,
                                        .signers = reader_u8(&r) };
    helper_wire_take_text(&r, out->facts.vendor, sizeof out->facts.vendor);
    helper_wire_take_text(&r, out->facts.refusal, sizeof out->facts.refusal);
    /* WORKER_GONE is what the daemon finds out by itself. */
    if (r.failed || reader_left(&r) > 0 || result >= WORKER_GONE)
        return false;
    out->result = (enum worker_result)result;
    return true;
}

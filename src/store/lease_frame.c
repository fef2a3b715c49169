/* See lease_frame.h. */
#include "store/lease_frame.h"

#define MAGIC       0x54674c66 /* "TgLf" */
#define KIND_PUT    1
#define KIND_REMOVE 2

void lease_frame_begin(struct writer *w)
{
    writer_fill(w, 0, LEASE_FRAME_HEAD);
}

static void write_label(struct writer *w, const struct label *label)
{
    writer_u8(w, label->len);
    writer_bytes(w, label_span(label));
}

void lease_frame_add(struct writer *w, const struct change *change)
{
    const struct lease *lease = &change->lease;

    writer_u8(w, change->kind == CHANGE_LEASE_PUT ? KIND_PUT : KIND_REMOVE);
    writer_be32(w, lease->address.value);
    if (change->kind != CHANGE_LEASE_PUT)
        return;
    writer_u8(w, (uint8_t)lease->status);
    writer_bytes(w, span_of(lease->mac.bytes, sizeof lease->mac.bytes));
    writer_be64(w, (uint64_t)lease->since.ms);
    writer_be64(w, (uint64_t)lease->expires.ms);
    write_label(w, &lease->client_id);
    write_label(w, &lease->hostname);
}

void lease_frame_seal(struct writer *w, uint64_t sequence, uint32_t count,
                      const struct hash_key *key)
{
    if (w->failed || w->len < LEASE_FRAME_HEAD)
        return;
    struct writer head = writer_over(w->data + 8, LEASE_FRAME_HEAD - 8);
    writer_be32(&head, MAGIC);
    writer_be32(&head, (uint32_t)(w->len - LEASE_FRAME_HEAD));
    writer_be64(&head, sequence);
    writer_be32(&head, count);
    struct writer sum = writer_over(w->data, 8);
    writer_be64(&sum, siphash(key, span_of(w->data + 8, w->len - 8)));
}

bool lease_frame_open(struct span bytes, const struct hash_key *key, struct lease_frame *ret_frame)
{
    struct reader r = reader_over(bytes);
    uint64_t sum = reader_be64(&r);
    if (reader_be32(&r) != MAGIC)
        return false;
    uint32_t length = reader_be32(&r);
    struct lease_frame frame = { .sequence = reader_be64(&r), .count = reader_be32(&r) };
    frame.changes = reader_take(&r, length);
    if (r.failed || frame.sequence == 0 ||
        siphash(key, span_of(bytes.data + 8, LEASE_FRAME_HEAD - 8 + length)) != sum)
        return false;
    *ret_frame = frame;
    return true;
}

static bool read_label(struct reader *r, struct label *ret_label)
{
    uint8_t len = reader_u8(r);
    *ret_label = label_of(reader_take(r, len));
    return len <= sizeof ret_label->bytes;
}

bool lease_frame_next(struct reader *changes, struct lease_change *ret_change)
{
    struct lease *lease = &ret_change->lease;
    uint8_t kind = reader_u8(changes);

    *ret_change = (struct lease_change){ .removes = kind == KIND_REMOVE };
    lease->address.value = reader_be32(changes);
    if (kind == KIND_REMOVE)
        return !changes->failed;
    uint8_t status = reader_u8(changes);
    struct span mac = reader_take(changes, sizeof lease->mac.bytes);
    if (kind != KIND_PUT || status > LEASE_DECLINED || mac.len != sizeof lease->mac.bytes)
        return false;
    lease->status = (enum lease_status)status;
    memcpy(lease->mac.bytes, mac.data, mac.len);
    lease->since.ms = (int64_t)reader_be64(changes);
    lease->expires.ms = (int64_t)reader_be64(changes);
    return read_label(changes, &lease->client_id) && read_label(changes, &lease->hostname) &&
           !changes->failed;
}

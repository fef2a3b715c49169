/* Fixed numbers and one text at the end; both ends are the same program, so there is no version. */
#include "serve/courier_wire.h"

#include "base/reader.h"
#include "base/writer.h"

#define FLAG_ENDED 0x01
#define FLAG_WHOLE 0x02

static void put_le64(struct writer *w, uint64_t v)
{
    writer_le32(w, (uint32_t)v);
    writer_le32(w, (uint32_t)(v >> 32));
}

static uint64_t take_le64(struct reader *r)
{
    uint64_t low = reader_le32(r);
    return low | (uint64_t)reader_le32(r) << 32;
}

static void take_text(struct reader *r, char *out, size_t cap)
{
    span_to_text(reader_rest(r), out, cap);
    for (char *c = out; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

size_t courier_order_encode(const struct courier_order *order, uint8_t *out)
{
    struct writer w = writer_over(out, COURIER_MESSAGE_MAX);
    writer_u8(&w, (uint8_t)order->task);
    writer_le32(&w, order->number);
    put_le64(&w, order->most);
    writer_text(&w, order->url);
    return w.len;
}

bool courier_order_decode(struct span message, struct courier_order *out)
{
    struct reader r = reader_over(message);
    struct courier_order order = { 0 };
    uint8_t task = reader_u8(&r);

    order.number = reader_le32(&r);
    order.most = take_le64(&r);
    if (r.failed || task >= COURIER_TASKS || reader_left(&r) >= sizeof order.url)
        return false;
    order.task = (enum courier_task)task;
    take_text(&r, order.url, sizeof order.url);
    *out = order;
    return true;
}

size_t courier_news_encode(const struct courier_news *news, uint8_t *out)
{
    struct writer w = writer_over(out, COURIER_MESSAGE_MAX);
    writer_u8(&w,
              (uint8_t)((news->has_ended ? FLAG_ENDED : 0) | (news->is_whole ? FLAG_WHOLE : 0)));
    writer_le32(&w, news->number);
    put_le64(&w, news->have);
    put_le64(&w, news->whole);
    writer_le32(&w, news->status);
    writer_le32(&w, news->retry_after_s);
    writer_le32(&w, news->took_ms);
    writer_text(&w, news->sentence);
    return w.len;
}

bool courier_news_decode(struct span message, struct courier_news *out)
{
    struct reader r = reader_over(message);
    struct courier_news news = { 0 };
    uint8_t flags = reader_u8(&r);

    news.number = reader_le32(&r);
    news.have = take_le64(&r);
    news.whole = take_le64(&r);
    news.status = (uint16_t)reader_le32(&r);
    news.retry_after_s = reader_le32(&r);
    news.took_ms = reader_le32(&r);
    if (r.failed || flags > (FLAG_ENDED | FLAG_WHOLE) || flags == FLAG_WHOLE ||
        reader_left(&r) >= sizeof news.sentence)
        return false;
    news.has_ended = (flags & FLAG_ENDED) != 0;
    news.is_whole = (flags & FLAG_WHOLE) != 0;
    take_text(&r, news.sentence, sizeof news.sentence);
    *out = news;
    return true;
}

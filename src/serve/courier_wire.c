/* See courier_wire.h and helper_wire.h: fixed numbers and one text at the end. */
#include "serve/courier_wire.h"

#include "serve/helper_wire.h"

#define FLAG_ENDED 0x01
#define FLAG_WHOLE 0x02

size_t courier_order_encode(const struct courier_order *order, uint8_t *out)
{
    struct writer w = writer_over(out, COURIER_MESSAGE_MAX);
    writer_u8(&w, (uint8_t)order->task);
    writer_le32(&w, order->number);
    writer_le64(&w, order->most);
    helper_wire_put_text(&w, order->url, sizeof order->url);
    return w.len;
}

bool courier_order_decode(struct span message, struct courier_order *out)
{
    struct reader r = reader_over(message);
    struct courier_order order = { 0 };
    uint8_t task = reader_u8(&r);

    order.number = reader_le32(&r);
    order.most = reader_le64(&r);
    helper_wire_take_text(&r, order.url, sizeof order.url);
    if (r.failed || task >= COURIER_TASKS || reader_left(&r) > 0)
        return false;
    order.task = (enum courier_task)task;
    *out = order;
    return true;
}

size_t courier_news_encode(const struct courier_news *news, uint8_t *out)
{
    struct writer w = writer_over(out, COURIER_MESSAGE_MAX);
    writer_u8(&w,
              (uint8_t)((news->has_ended ? FLAG_ENDED : 0) | (news->is_whole ? FLAG_WHOLE : 0)));
    writer_le32(&w, news->number);
    writer_le64(&w, news->have);
    writer_le64(&w, news->whole);
    writer_le32(&w, news->status);
    writer_le32(&w, news->retry_after_s);
    writer_le32(&w, news->took_ms);
    helper_wire_put_text(&w, news->sentence, sizeof news->sentence);
    return w.len;
}

bool courier_news_decode(struct span message, struct courier_news *out)
{
    struct reader r = reader_over(message);
    struct courier_news news = { 0 };
    uint8_t flags = reader_u8(&r);

    news.number = reader_le32(&r);
    news.have = reader_le64(&r);
    news.whole = reader_le64(&r);
    news.status = (uint16_t)reader_le32(&r);
    news.retry_after_s = reader_le32(&r);
    news.took_ms = reader_le32(&r);
    helper_wire_take_text(&r, news.sentence, sizeof news.sentence);
    if (r.failed || flags > (FLAG_ENDED | FLAG_WHOLE) || flags == FLAG_WHOLE || reader_left(&r) > 0)
        return false;
    news.has_ended = (flags & FLAG_ENDED) != 0;
    news.is_whole = (flags & FLAG_WHOLE) != 0;
    *out = news;
    return true;
}

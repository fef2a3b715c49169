/* See mirror_wire.h and helper_wire.h. */
#include "serve/mirror_wire.h"

#include "serve/helper_wire.h"

size_t mirror_news_encode(const struct mirror_news *news, uint8_t *out)
{
    struct writer w = writer_over(out, MIRROR_MESSAGE_MAX);
    writer_u8(&w, (uint8_t)news->word);
    writer_le64(&w, news->bytes);
    writer_le32(&w, news->count);
    helper_wire_put_text(&w, news->name, sizeof news->name);
    helper_wire_put_text(&w, news->why, sizeof news->why);
    return w.len;
}

bool mirror_news_decode(struct span message, struct mirror_news *out)
{
    struct mirror_news news = { 0 };
    struct reader r = reader_over(message);
    uint8_t word = reader_u8(&r);
    news.bytes = reader_le64(&r);
    news.count = reader_le32(&r);
    helper_wire_take_text(&r, news.name, sizeof news.name);
    helper_wire_take_text(&r, news.why, sizeof news.why);
    if (r.failed || word >= MIRROR_WORDS || reader_left(&r) > 0)
        return false;
    news.word = (enum mirror_word)word;
    *out = news;
    return true;
}

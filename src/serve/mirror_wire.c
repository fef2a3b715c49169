/* See mirror_wire.h. */
#include "serve/mirror_wire.h"

#include "base/reader.h"
#include "base/writer.h"

static void put_text(struct writer *w, const char *text)
{
    size_t len = strnlen(text, MIRROR_TEXT_MAX - 1);
    writer_be16(w, (uint16_t)len);
    for (size_t i = 0; i < len; i++)
        writer_u8(w, text[i] >= 0x20 && text[i] < 0x7f ? (uint8_t)text[i] : '?');
}

size_t mirror_news_encode(const struct mirror_news *news, uint8_t *out)
{
    struct writer w = writer_over(out, MIRROR_MESSAGE_MAX);
    writer_u8(&w, (uint8_t)news->word);
    writer_be32(&w, (uint32_t)(news->bytes >> 32));
    writer_be32(&w, (uint32_t)news->bytes);
    writer_be32(&w, news->count);
    put_text(&w, news->name);
    put_text(&w, news->why);
    return w.len;
}

static void take_text(struct reader *r, char out[MIRROR_TEXT_MAX])
{
    size_t len = reader_be16(r);
    struct span text = reader_take(r, len);
    for (size_t i = 0; i < text.len; i++)
        r->failed = r->failed || text.data[i] < 0x20 || text.data[i] >= 0x7f;
    r->failed = r->failed || len >= MIRROR_TEXT_MAX;
    if (!r->failed)
        span_to_text(text, out, MIRROR_TEXT_MAX);
}

bool mirror_news_decode(struct span message, struct mirror_news *out)
{
    struct mirror_news news = { 0 };
    struct reader r = reader_over(message);
    uint8_t word = reader_u8(&r);
    news.bytes = (uint64_t)reader_be32(&r) << 32;
    news.bytes |= reader_be32(&r);
    news.count = reader_be32(&r);
    take_text(&r, news.name);
    take_text(&r, news.why);
    if (r.failed || word >= MIRROR_WORDS || reader_left(&r) > 0)
        return false;
    news.word = (enum mirror_word)word;
    *out = news;
    return true;
}

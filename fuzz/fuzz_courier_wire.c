/* Messages of the courier and to it, of any bytes: what is decoded, encoded again, is the same
 * message; texts are terminated and printable. */
#include <assert.h>

#include "serve/courier_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t cap)
{
    assert(memchr(text, 0, cap));
    for (const char *c = text; *c; c++)
        assert(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct courier_order order, again;
    static struct courier_news news, twice;
    uint8_t message[COURIER_MESSAGE_MAX];

    if (courier_order_decode(span_of(data, size), &order)) {
        check_text(order.url, sizeof order.url);
        size_t len = courier_order_encode(&order, message);
        assert(courier_order_decode(span_of(message, len), &again));
        assert(again.number == order.number && again.most == order.most);
        assert(again.task == order.task && strcmp(again.url, order.url) == 0);
    }
    if (courier_news_decode(span_of(data, size), &news)) {
        check_text(news.sentence, sizeof news.sentence);
        size_t len = courier_news_encode(&news, message);
        assert(courier_news_decode(span_of(message, len), &twice));
        assert(twice.number == news.number && twice.have == news.have);
        assert(twice.is_whole == news.is_whole && strcmp(twice.sentence, news.sentence) == 0);
    }
    return 0;
}

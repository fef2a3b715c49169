/* See courier.h: the daemon's end. */
#include "serve/courier.h"

#include <errno.h>
#include <stdlib.h>

#include "serve/courier_process.h"
#include "serve/helper.h"

struct courier {
    struct helper helper;
    void (*told)(void *context, const struct courier_news *news);
    void *context;
    void (*posts_told)(void *context, const struct courier_news *news); /* NULL = nobody hears */
    void *posts_context;
};

int courier_new(const char *user, bool seccomp, struct courier **ret_courier)
{
    const struct helper_settings settings = { .user = user, .seccomp = seccomp };
    struct courier *courier = calloc(1, sizeof *courier);
    int r = courier ? helper_start(&courier->helper, courier_process_run, &settings) : -ENOMEM;

    if (r < 0) {
        free(courier);
        return r;
    }
    *ret_courier = courier;
    return 0;
}

static bool heard(void *context, struct span message, int *fd)
{
    const struct courier *courier = context;
    struct courier_news news;

    (void)fd;
    if (!courier_news_decode(message, &news) || news.number == 0)
        return false;
    if (!(news.number & COURIER_POSTS))
        courier->told(courier->context, &news);
    else if (courier->posts_told)
        courier->posts_told(courier->posts_context, &news);
    return true;
}

static void lost(void *context)
{
    const struct courier *courier = context;
    const struct courier_news news = { .has_ended = true };
    courier->told(courier->context, &news);
    if (courier->posts_told)
        courier->posts_told(courier->posts_context, &news);
}

int courier_attach(struct courier *courier, struct loop *loop,
                   void (*told)(void *context, const struct courier_news *news), void *context)
{
    static const struct helper_listener listener = { heard, lost };
    courier->told = told;
    courier->context = context;
    return helper_attach(&courier->helper, loop, &listener, courier);
}

void courier_attach_posts(struct courier *courier,
                          void (*told)(void *context, const struct courier_news *news),
                          void *context)
{
    courier->posts_told = told;
    courier->posts_context = context;
}

static int send_order(struct courier *courier, const struct courier_order *order, int fd)
{
    uint8_t message[COURIER_MESSAGE_MAX];
    size_t len = courier_order_encode(order, message);
    return helper_send(&courier->helper, span_of(message, len), fd);
}

int courier_fetch(struct courier *courier, uint32_t number, const char *url, uint64_t most, int fd)
{
    struct courier_order order = { .task = COURIER_FETCH, .number = number, .most = most };

    if (strlen(url) >= sizeof order.url)
        return -ENAMETOOLONG;
    span_to_text(span_text(url), order.url, sizeof order.url);
    return send_order(courier, &order, fd);
}

int courier_post(struct courier *courier, uint32_t number, int fd)
{
    const struct courier_order order = { .task = COURIER_POST, .number = number | COURIER_POSTS };
    return send_order(courier, &order, fd);
}

void courier_cancel(struct courier *courier, uint32_t number)
{
    const struct courier_order order = { .task = COURIER_CANCEL, .number = number };
    (void)!send_order(courier, &order, -1);
}

void courier_free(struct courier *courier)
{
    if (!courier)
        return;
    helper_give_up(&courier->helper);
    free(courier);
}

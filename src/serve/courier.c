/* See courier.h: the daemon's end. */
#include "serve/courier.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/channel.h"
#include "serve/courier_process.h"
#include "serve/helper_process.h"

struct courier {
    int channel; /* -1: it is gone */
    struct loop *loop;
    struct watch watch;
    void (*told)(void *context, const struct courier_news *news);
    void *context;
    void (*posts_told)(void *context, const struct courier_news *news); /* NULL = nobody hears */
    void *posts_context;
};

static void run_process(int channel, const void *context)
{
    struct courier_process_settings settings;
    memcpy(&settings, context, sizeof settings);
    settings.channel = channel;
    courier_process_run(&settings);
}

int courier_new(const char *user, bool seccomp, struct courier **ret_courier)
{
    const struct courier_process_settings settings = { .user = user, .seccomp = seccomp };
    struct courier *courier = calloc(1, sizeof *courier);
    int r = courier ? helper_process_start(run_process, &settings, &courier->channel) : -ENOMEM;

    if (r < 0) {
        free(courier);
        return r;
    }
    *ret_courier = courier;
    return 0;
}

static void lose(struct courier *courier)
{
    if (courier->channel < 0)
        return;
    if (courier->loop)
        loop_unwatch(courier->loop, &courier->watch);
    close(courier->channel);
    courier->channel = -1;
}

static void news_ready(struct watch *watch, uint32_t events)
{
    struct courier *courier = watch->context;
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    struct courier_news news;
    int fd = -1;

    (void)events;
    int64_t n = channel_receive(courier->channel, buffer, &fd);
    if (fd >= 0)
        close(fd);
    if (n == -EAGAIN)
        return;
    if (n > 0 && courier_news_decode(span_of(buffer, (size_t)n), &news) && news.number != 0) {
        if (!(news.number & COURIER_POSTS))
            courier->told(courier->context, &news);
        else if (courier->posts_told)
            courier->posts_told(courier->posts_context, &news);
        return;
    }
    /* Whoever sends nonsense is no longer what we started. */
    lose(courier);
    const struct courier_news lost = { .has_ended = true };
    courier->told(courier->context, &lost);
    if (courier->posts_told)
        courier->posts_told(courier->posts_context, &lost);
}

int courier_attach(struct courier *courier, struct loop *loop,
                   void (*told)(void *context, const struct courier_news *news), void *context)
{
    courier->watch = (struct watch){
        .fd = courier->channel, .events = EPOLLIN, .ready = news_ready, .context = courier
    };
    courier->told = told;
    courier->context = context;
    int r = loop_watch(loop, &courier->watch);
    if (r == 0)
        courier->loop = loop;
    return r;
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
    return courier->channel < 0 ? -EPIPE
                                : channel_send(courier->channel, span_of(message, len), fd);
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
    lose(courier);
    free(courier);
}

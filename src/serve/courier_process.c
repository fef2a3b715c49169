/* One process that waits, and a child of it for each fetch and each block of messages: libcurl and
 * all that it brings along is loaded by the child and goes with it, and a fetch is cancelled by
 * ending its child. Both read the system's names and certificates and can open nothing for writing.
 */
#include "serve/courier_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/download.h"
#include "net/channel.h"
#include "net/clock.h"
#include "net/memory.h"
#include "serve/courier.h"
#include "serve/courier_post.h"
#include "serve/helper_process.h"

#define PROGRESS_MS 250
#define LOOK_MS     200 /* for children that have ended */
#define SEND_MS     20000
#define NICE_BY     5 /* machines that boot go first */

/* A child. */
struct fetch {
    pid_t pid; /* 0 = free */
    uint32_t number;
};

struct courier_process {
    const struct helper_settings *settings;
    int channel;
    struct fetch fetches[COURIER_FETCHES_MAX + COURIER_POSTS_MAX]; /* posts behind the fetches */
};

/* In a child. */
struct under_way {
    int channel;
    struct download_seen seen;
    struct courier_news news;
    struct instant told;
};

static int confine(const struct helper_settings *settings, bool seccomp)
{
    const struct helper_rights rights = { .user = settings->user,
                                          .seccomp = seccomp,
                                          .fetches = true };
    return helper_process_confine(&rights);
}

/* The end of a fetch must arrive; how it stands may be told later. False when an end could not be
 * told. */
static bool send_news(int channel, const struct courier_news *news)
{
    uint8_t message[COURIER_MESSAGE_MAX];
    size_t len = courier_news_encode(news, message);
    struct pollfd room = { .fd = channel, .events = POLLOUT };

    while (channel_send(channel, span_of(message, len), -1) == -EAGAIN && news->has_ended)
        if (poll(&room, 1, SEND_MS) <= 0)
            return false;
    return true;
}

static int begins(void *context, uint64_t have)
{
    struct under_way *u = context;
    u->news.have = have;
    u->news.whole = u->seen.whole;
    (void)send_news(u->channel, &u->news);
    return 0;
}

static void took(void *context, struct span bytes, uint64_t have)
{
    struct under_way *u = context;
    struct instant now = clock_read().steady;

    (void)bytes;
    u->news.have = have;
    if (!instant_reached(now, instant_after(u->told, duration_ms(PROGRESS_MS))))
        return;
    u->told = now;
    (void)send_news(u->channel, &u->news);
}

static void changed(void *context)
{
    struct under_way *u = context;
    u->news.have = 0;
}

_Noreturn static void fetch_one(const struct courier_process *p, const struct courier_order *order,
                                int fd)
{
    struct under_way u = { .channel = p->channel, .news = { .number = order->number } };
    const struct download_follow follow = { &u.seen, begins, took, changed, &u };
    const struct download download = {
        .url = order->url, .fd = fd, .most = order->most, .follow = &follow
    };
    char data[COURIER_SENTENCE_MAX];
    struct text why = text_over(data, sizeof data);

    int r = p->settings->seccomp ? confine(p->settings, true) : 0;
    if (r == 0)
        r = download_run(&download, &why);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    u.news.has_ended = true;
    u.news.is_whole = r == 0;
    if (r < 0)
        span_to_text(span_text(why.len > 0 ? data : strerror(-r)), u.news.sentence,
                     sizeof u.news.sentence);
    send_news(p->channel, &u.news);
    _exit(0);
}

static void tell_post(void *context, const struct courier_news *news)
{
    const struct courier_process *p = context;
    if (!send_news(p->channel, news))
        _exit(1); /* its end is told when it is buried */
}

_Noreturn static void post_all(const struct courier_process *p, const struct courier_order *order,
                               int fd)
{
    if (p->settings->seccomp && confine(p->settings, true) < 0)
        _exit(1);
    courier_post_run(order->number, fd, tell_post, (void *)(uintptr_t)p);
    _exit(0);
}

static void tell_end(const struct courier_process *p, uint32_t number, const char *sentence)
{
    struct courier_news news = { .number = number, .has_ended = true };
    span_to_text(span_text(sentence), news.sentence, sizeof news.sentence);
    (void)send_news(p->channel, &news);
}

static void begin(struct courier_process *p, const struct courier_order *order, int fd)
{
    bool is_post = order->task == COURIER_POST;
    size_t first = is_post ? COURIER_FETCHES_MAX : 0;
    size_t count = is_post ? COURIER_POSTS_MAX : COURIER_FETCHES_MAX;

    for (size_t i = first; i < first + count; i++) {
        struct fetch *f = &p->fetches[i];
        if (f->pid != 0)
            continue;
        f->number = order->number;
        f->pid = fork();
        if (f->pid == 0) {
            (void)!nice(NICE_BY);
            if (is_post)
                post_all(p, order, fd);
            fetch_one(p, order, fd);
        }
        if (f->pid > 0)
            return;
        f->pid = 0;
        tell_end(p, order->number, "no process could be made to fetch it");
        return;
    }
    tell_end(p, order->number,
             is_post ? "too many webhooks are being told at once"
                     : "too many files are being fetched: try again when one is there");
}

static void cancel(const struct courier_process *p, uint32_t number)
{
    for (size_t i = 0; i < COURIER_FETCHES_MAX; i++)
        if (p->fetches[i].pid > 0 && p->fetches[i].number == number)
            (void)kill(p->fetches[i].pid, SIGKILL);
}

/* Children that have ended; those that had no time to say so are spoken for. */
static bool bury(struct courier_process *p)
{
    bool any = false;

    for (size_t i = 0; i < COURIER_FETCHES_MAX + COURIER_POSTS_MAX; i++) {
        struct fetch *f = &p->fetches[i];
        int status = 0;
        if (f->pid == 0)
            continue;
        if (waitpid(f->pid, &status, WNOHANG) != f->pid) {
            any = true;
            continue;
        }
        f->pid = 0;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            tell_end(p, f->number, "stopped");
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            tell_end(p, f->number, "the process that fetched it ended before its time");
    }
    return any;
}

_Noreturn static void end_all(const struct courier_process *p)
{
    for (size_t i = 0; i < COURIER_FETCHES_MAX + COURIER_POSTS_MAX; i++)
        if (p->fetches[i].pid > 0)
            (void)kill(p->fetches[i].pid, SIGKILL);
    _exit(0);
}

static void take_order(struct courier_process *p)
{
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    struct courier_order order;
    int fd = -1;
    int64_t n = channel_receive(p->channel, buffer, &fd);

    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n <= 0 || !courier_order_decode(span_of(buffer, (size_t)n), &order) ||
        (order.task != COURIER_CANCEL) != (fd >= 0))
        end_all(p);
    if (order.task != COURIER_CANCEL)
        begin(p, &order, fd);
    else
        cancel(p, order.number);
    if (fd >= 0)
        close(fd);
}

_Noreturn void courier_process_run(int channel, const struct helper_settings *settings)
{
    struct courier_process p = { .settings = settings };

    p.channel = helper_process_settle(channel, "tugboot-courier");
    if (confine(settings, false) < 0)
        _exit(1);
    for (;;) {
        struct pollfd wanted = { .fd = p.channel, .events = POLLIN };
        bool is_busy = bury(&p);
        if (!is_busy)
            memory_give_back();
        int r = poll(&wanted, 1, is_busy ? LOOK_MS : -1);
        if (r > 0)
            take_order(&p);
        else if (r < 0 && errno != EINTR)
            end_all(&p);
    }
}

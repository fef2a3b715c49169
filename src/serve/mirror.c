/* See mirror.h. */
#include "serve/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/channel.h"
#include "serve/helper_process.h"
#include "serve/mirror_process.h"
#include "serve/mirror_wire.h"

struct mirror {
    int channel; /* -1: it is gone */
    struct loop *loop;
    struct watch watch;
    struct event_sink events;
};

static void run_process(int channel, const void *context)
{
    struct mirror_process_settings settings;
    memcpy(&settings, context, sizeof settings);
    settings.channel = channel;
    mirror_process_run(&settings);
}

int mirror_new(const struct config *config, bool seccomp, struct mirror **ret)
{
    const struct mirror_process_settings settings = { .config = config, .seccomp = seccomp };
    if (config->mirror.upstream_count == 0) {
        *ret = NULL;
        return 0;
    }
    struct mirror *mirror = calloc(1, sizeof *mirror);
    int r = mirror ? helper_process_start(run_process, &settings, &mirror->channel) : -ENOMEM;
    if (r < 0) {
        free(mirror);
        return r;
    }
    *ret = mirror;
    return 0;
}

static void emit(const struct mirror *m, const struct mirror_news *news)
{
    static const enum event_id ids[MIRROR_WORDS] = {
        [MIRROR_SERVES] = EVENT_MIRROR_SERVES,   [MIRROR_FAILS] = EVENT_MIRROR_FAILED,
        [MIRROR_FETCHED] = EVENT_MIRROR_FETCHED, [MIRROR_NOT_HAD] = EVENT_MIRROR_NOT_HAD,
        [MIRROR_OFFLINE] = EVENT_MIRROR_OFFLINE, [MIRROR_BACK] = EVENT_MIRROR_BACK,
        [MIRROR_LET_GO] = EVENT_MIRROR_LET_GO,   [MIRROR_RESTARTED] = EVENT_MIRROR_RESTARTED,
    };
    struct event e = event_make(ids[news->word], loop_now(m->loop), 0);
    if (news->word == MIRROR_SERVES)
        event_add_text(&e, "port", news->name);
    else if (news->name[0])
        event_add_text(&e, "name", news->name);
    if (news->word == MIRROR_SERVES || news->word == MIRROR_LET_GO)
        event_add_number(&e, "files", news->count);
    if (news->word == MIRROR_SERVES || news->word == MIRROR_LET_GO || news->word == MIRROR_FETCHED)
        event_add_bytes(&e, "bytes", news->bytes);
    if (news->why[0])
        event_add_text(&e, "reason", news->why);
    event_emit(&m->events, &e);
}

static void lose(struct mirror *m)
{
    if (m->channel < 0)
        return;
    if (m->loop)
        loop_unwatch(m->loop, &m->watch);
    close(m->channel);
    m->channel = -1;
}

static void news_ready(struct watch *watch, uint32_t events)
{
    struct mirror *m = watch->context;
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    struct mirror_news news;
    int fd = -1;

    (void)events;
    int64_t n = channel_receive(m->channel, buffer, &fd);
    if (fd >= 0)
        close(fd);
    if (n == -EAGAIN)
        return;
    if (n > 0 && mirror_news_decode(span_of(buffer, (size_t)n), &news)) {
        emit(m, &news);
        return;
    }
    /* It has ended, or is no longer what we started. */
    const struct mirror_news lost = { .word = MIRROR_FAILS, .why = "its process has ended" };
    emit(m, &lost);
    lose(m);
}

int mirror_attach(struct mirror *mirror, struct loop *loop, struct event_sink events)
{
    if (!mirror)
        return 0;
    mirror->events = events;
    mirror->watch = (struct watch){
        .fd = mirror->channel, .events = EPOLLIN, .ready = news_ready, .context = mirror
    };
    int r = loop_watch(loop, &mirror->watch);
    if (r == 0)
        mirror->loop = loop;
    return r;
}

void mirror_free(struct mirror *mirror)
{
    if (!mirror)
        return;
    lose(mirror);
    free(mirror);
}

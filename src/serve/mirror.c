/* See mirror.h. */
#include "serve/mirror.h"

#include <errno.h>
#include <stdlib.h>

#include "serve/helper.h"
#include "serve/mirror_process.h"
#include "serve/mirror_wire.h"

struct mirror {
    struct helper helper;
    struct loop *loop;
    struct event_sink events;
};

int mirror_new(const struct config *config, bool seccomp, struct mirror **ret)
{
    const struct helper_settings settings = { .user = config->user,
                                              .seccomp = seccomp,
                                              .more = config };
    if (config->mirror.upstream_count == 0) {
        *ret = NULL;
        return 0;
    }
    struct mirror *mirror = calloc(1, sizeof *mirror);
    int r = mirror ? helper_start(&mirror->helper, mirror_process_run, &settings) : -ENOMEM;
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

static bool heard(void *context, struct span message, int *fd)
{
    struct mirror_news news;

    (void)fd;
    if (!mirror_news_decode(message, &news))
        return false;
    emit(context, &news);
    return true;
}

static void lost(void *context)
{
    const struct mirror_news news = { .word = MIRROR_FAILS, .why = "its process has ended" };
    emit(context, &news);
}

int mirror_attach(struct mirror *mirror, struct loop *loop, struct event_sink events)
{
    static const struct helper_listener listener = { heard, lost };
    if (!mirror)
        return 0;
    mirror->events = events;
    mirror->loop = loop;
    return helper_attach(&mirror->helper, loop, &listener, mirror);
}

void mirror_free(struct mirror *mirror)
{
    if (!mirror)
        return;
    helper_give_up(&mirror->helper);
    free(mirror);
}

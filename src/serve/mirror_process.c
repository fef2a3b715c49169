/* One process that waits, and its child, which serves and fetches: what an upstream sends can do no
 * more than end the child, and the next one is made of the one that waits. The child can write the
 * mirror's folder and nothing else, reads the system's names and certificates, and speaks with the
 * network and with the daemon's channel. */
#include "serve/mirror_process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/json_write.h"

#include "net/channel.h"
#include "net/file.h"
#include "net/sandbox.h"
#include "net/tcp.h"
#include "serve/folders.h"
#include "serve/helper_process.h"
#include "serve/http_port.h"
#include "serve/mirror_provider.h"
#include "serve/mirror_wire.h"

#define BACKLOG        512
#define STATUS_S       3
#define OPENING_S      90 /* how long a client waits for an upstream's first word */
#define STATUS_MAX     8192
#define RESTART_S      2
#define MANY_FROM_ONE  256
#define REQUESTS_A_SEC 50000 /* a room behind one address installs at once */

struct mirror_process {
    const struct config *config;
    bool is_filtered; /* by seccomp */
    int channel, listener;
    /* The child's. */
    struct loop *loop;
    struct watch watch;
    struct mirror_store *store;
    struct mirror_fetcher *fetcher;
    struct mirror_provider *provider;
    struct http_port *port;
    struct timer timer;
    char folder[CONFIG_PATH_MAX], last_why[MIRROR_TEXT_MAX];
};

void mirror_folder_path(const struct config *config, char out[CONFIG_PATH_MAX])
{
    struct text t = text_over(out, CONFIG_PATH_MAX);
    if (config->mirror.folder[0])
        text_add(&t, config->mirror.folder);
    else
        text_addf(&t, "%s/mirror", config->state);
}

/* What the daemon cannot take in now is not worth waiting for. */
static void tell(int channel, enum mirror_word word, const char *name, const char *why,
                 uint64_t bytes, uint32_t count)
{
    uint8_t message[MIRROR_MESSAGE_MAX];
    struct mirror_news news = { .word = word, .bytes = bytes, .count = count };
    span_to_text(span_text(name), news.name, sizeof news.name);
    span_to_text(span_text(why), news.why, sizeof news.why);
    size_t len = mirror_news_encode(&news, message);
    (void)!channel_send(channel, span_of(message, len), -1);
}

/* What happens. */

static void fetched(void *context)
{
    struct mirror_process *m = context;
    http_port_wake(m->port);
}

static void ended(void *context, const struct config_upstream *upstream, const char *key,
                  const struct mirror_end *end)
{
    struct mirror_process *m = context;
    if (end->result == MIRROR_WHOLE)
        tell(m->channel, MIRROR_FETCHED, key, "", end->bytes, 0);
    else if (end->result == MIRROR_UNREACHABLE || end->result == MIRROR_REFUSED)
        tell(m->channel, MIRROR_NOT_HAD, key, end->why, 0, 0);
    mirror_provider_ended(m->provider, upstream, end);
}

static void let_go(void *context, uint32_t files, uint64_t bytes)
{
    struct mirror_process *m = context;
    tell(m->channel, MIRROR_LET_GO, "", "", bytes, files);
}

static void reach_changed(void *context, const struct config_upstream *upstream, const char *why)
{
    struct mirror_process *m = context;
    span_to_text(span_text(why ? why : ""), m->last_why, sizeof m->last_why);
    tell(m->channel, why ? MIRROR_OFFLINE : MIRROR_BACK, upstream->name, why ? why : "", 0, 0);
}

/* The status, for `tugboot mirror status`. */

static void write_status(struct mirror_process *m)
{
    char data[STATUS_MAX];
    struct text t = text_over(data, sizeof data);
    struct json_writer j = json_over(&t);
    const struct mirror_counts *counts = mirror_provider_counts(m->provider);
    const struct mirror_index *index = mirror_store_index(m->store);
    int folder = file_open_root(m->folder);

    json_write_object_begin(&j, NULL);
    json_write_number(&j, "pid", getpid());
    json_write_number(&j, "at", loop_now(m->loop).calendar.ms / 1000);
    json_write_number(&j, "files", mirror_index_count(index));
    json_write_number(&j, "bytes", (int64_t)mirror_index_bytes(index));
    json_write_number(&j, "served", (int64_t)counts->served);
    json_write_number(&j, "served_bytes", (int64_t)counts->served_bytes);
    json_write_number(&j, "fetched", (int64_t)counts->fetched);
    json_write_number(&j, "fetched_bytes", (int64_t)counts->fetched_bytes);
    json_write_number(&j, "not_had", (int64_t)counts->not_had);
    json_write_text(&j, "unreachable", m->last_why);
    json_write_object_end(&j);
    if (folder >= 0 && !t.failed)
        (void)!file_replace(folder, MIRROR_STATUS_FILE, text_span(&t), false);
    if (folder >= 0)
        close(folder);
}

static void status_due(struct timer *timer, struct now now)
{
    write_status(timer->context);
    (void)!loop_arm(((struct mirror_process *)timer->context)->loop, timer,
                    instant_after(now.steady, duration_seconds(STATUS_S)));
}

/* The channel says nothing but its end. */
static void channel_ready(struct watch *watch, uint32_t events)
{
    struct mirror_process *m = watch->context;
    (void)events;
    loop_stop(m->loop);
}

/* Birth. */

static int confine(const struct mirror_process *m, bool seccomp)
{
    const struct config *config = m->config;
    const struct helper_rights rights = {
        .user = config->user, .seccomp = seccomp, .fetches = true, .writable = m->folder
    };
    uint32_t uid, gid;

    /* As root: the folder, for the user who is to write it. */
    (void)!file_make_folders(m->folder);
    if (geteuid() == 0 && config->user[0] && sandbox_find_user(config->user, &uid, &gid)) {
        int r = folders_give(config, m->folder, uid, gid);
        if (r < 0)
            return r;
    }
    return helper_process_confine(&rights);
}

static int build(struct mirror_process *m)
{
    const struct mirror_fetcher_listener news = { fetched, ended, let_go, m };
    const struct mirror_reach reach = { reach_changed, m };
    const struct http_port_settings settings = {
        .per_source_max = MANY_FROM_ONE,
        .requests_per_second = REQUESTS_A_SEC,
        .timeouts = { .idle = http_timeouts_boot.idle,
                      .head = http_timeouts_boot.head,
                      .opening = duration_seconds(OPENING_S),
                      .stall = duration_seconds(2 * OPENING_S),
                      .drain = http_timeouts_boot.drain,
                      .greeting = http_timeouts_boot.greeting },
    };
    int r = loop_new(&m->loop);
    if (r == 0)
        r = mirror_store_open(m->folder, (uint64_t)m->config->mirror.size_max_mib << 20, true,
                              &m->store);
    if (r == 0)
        r = mirror_fetcher_new(m->config, m->store, m->loop, &news, &m->fetcher);
    if (r == 0)
        r = mirror_provider_new(m->config, m->store, m->fetcher, m->loop, &reach, &m->provider);
    if (r == 0)
        r = http_port_new(&settings, m->loop, mirror_provider_get(m->provider), m->listener,
                          &m->port);
    m->watch =
        (struct watch){ .fd = m->channel, .events = EPOLLIN, .ready = channel_ready, .context = m };
    if (r == 0)
        r = loop_watch(m->loop, &m->watch);
    timer_init(&m->timer, status_due, m);
    return r;
}

static void take_down(struct mirror_process *m)
{
    http_port_free(m->port);
    mirror_fetcher_free(m->fetcher);
    mirror_provider_free(m->provider);
    mirror_store_close(m->store);
    loop_free(m->loop);
}

static void serve(void *context)
{
    struct mirror_process *m = context;
    char words[64];
    struct text t = text_over(words, sizeof words);

    int r = m->is_filtered ? confine(m, true) : 0;
    if (r == 0)
        r = build(m);
    if (r == 0) {
        const struct mirror_index *index = mirror_store_index(m->store);
        text_addf(&t, "%u", m->config->mirror.port);
        tell(m->channel, MIRROR_SERVES, words, "", mirror_index_bytes(index),
             mirror_index_count(index));
        status_due(&m->timer, loop_now(m->loop));
        r = loop_run(m->loop);
        write_status(m);
    } else {
        tell(m->channel, MIRROR_FAILS, "",
             r == -ENOENT ? "libcurl is not installed: apt-get install libcurl4" : strerror(-r), 0,
             0);
    }
    take_down(m);
    _exit(0);
}

static void tell_restart(void *context, int status)
{
    const struct mirror_process *m = context;
    (void)status;
    tell(m->channel, MIRROR_RESTARTED, "", "", 0, 0);
    (void)sleep(RESTART_S);
}

_Noreturn void mirror_process_run(int channel, const struct helper_settings *settings)
{
    struct mirror_process m = { .config = settings->more, .is_filtered = settings->seccomp };
    uint16_t port = m.config->mirror.port;
    char why[MIRROR_TEXT_MAX];
    struct text t = text_over(why, sizeof why);

    m.channel = helper_process_settle(channel, "tugboot-mirror");
    mirror_folder_path(m.config, m.folder);
    m.listener = tcp_listen((struct endpoint){ .port = port }, BACKLOG, NULL);
    int r = m.listener < 0 ? m.listener : confine(&m, false);
    if (r < 0) {
        if (m.listener < 0)
            text_addf(&t, "TCP port %u cannot be opened: %s", port, strerror(-r));
        else if (r == -ELOOP)
            text_addf(&t,
                      "a link on the way to its folder %s is not root's: name the folder itself",
                      m.folder);
        else
            text_addf(&t, "port %u, rights: %s", port, strerror(-r));
        tell(m.channel, MIRROR_FAILS, "", why, 0, 0);
        _exit(1);
    }
    helper_process_renew(serve, tell_restart, &m);
}

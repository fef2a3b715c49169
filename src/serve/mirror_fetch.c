/* See mirror_fetch.h. A transfer that breaks off is taken up again a few times where it stands, if
 * the upstream still has the same file; what it sends is bounded by what it said before. */
#include "serve/mirror_fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fetch/curl_library.h"
#include "http/header.h"
#include "net/file.h"

#define FETCHES_MAX     32
#define KEPT_MAX        256 /* with those that failed a moment ago */
#define ATTEMPTS        4
#define AGAIN_MS        700
#define CONNECT_SECONDS 6L
#define SILENCE_SECONDS 20L
#define REDIRECTS_MAX   8L
#define UNSIZED_MAX     ((uint64_t)64 << 20) /* where no length is said */
#define HEADROOM_BYTES  ((uint64_t)64 << 20)

struct mirror_fetch {
    struct list link;
    struct mirror_fetcher *fetcher;
    const struct config_upstream *upstream;
    char key[MIRROR_KEY_MAX], url[2 * MIRROR_KEY_MAX];
    enum mirror_fetch_state state;
    enum mirror_fetch_result result;
    char why[MIRROR_WHY_MAX];
    struct mirror_header header, seen; /* of the file; of the answer that is coming */
    bool is_conditional, has_total, is_other, is_told;
    bool is_framed; /* its end can be told from a connection that broke */
    uint64_t have, begin;
    int64_t modified_s;
    long status;
    int fd, error; /* of writing */
    unsigned attempts;
    uint32_t readers;
    CURL *easy;
    struct curl_slist *fields;
    struct timer timer; /* the next attempt; or the end of what is remembered */
};

/* A socket of libcurl's. */
struct socket_watch {
    struct watch watch;
    struct mirror_fetcher *fetcher;
};

struct mirror_fetcher {
    const struct config *config;
    struct mirror_store *store;
    struct loop *loop;
    struct mirror_fetcher_listener listener;
    const struct curl_library *easy;
    const struct curl_multi *functions;
    CURLM *multi;
    struct list fetches; /* oldest first */
    unsigned under_way, kept;
    struct timer timer; /* libcurl's */
    struct work telling;
    bool is_telling;
    uint32_t dropped_files;
    uint64_t dropped_bytes;
};

/* Telling. */

static void tell(struct work *work)
{
    struct mirror_fetcher *f = work->context;
    f->is_telling = false;
    if (f->dropped_files > 0) {
        f->listener.dropped(f->listener.context, f->dropped_files, f->dropped_bytes);
        f->dropped_files = 0;
        f->dropped_bytes = 0;
    }
    list_each (link, &f->fetches) {
        struct mirror_fetch *fetch = list_entry(link, struct mirror_fetch, link);
        if (fetch->state != MIRROR_ENDED || fetch->is_told)
            continue;
        fetch->is_told = true;
        const struct mirror_end how = { fetch->result, fetch->why, fetch->have, fetch->status > 0 };
        f->listener.ended(f->listener.context, fetch->upstream, fetch->key, &how);
    }
    f->listener.news(f->listener.context);
}

static void tell_later(struct mirror_fetcher *f)
{
    if (f->is_telling)
        return;
    f->is_telling = true;
    f->telling = (struct work){ .run = tell, .context = f };
    loop_post(f->loop, &f->telling);
}

/* Fetches. */

static void drop(struct mirror_fetch *fetch)
{
    struct mirror_fetcher *f = fetch->fetcher;
    loop_disarm(f->loop, &fetch->timer);
    list_remove(&fetch->link);
    f->kept--;
    if (fetch->fd >= 0)
        close(fetch->fd);
    f->easy->free_all(fetch->fields);
    if (fetch->easy)
        f->easy->cleanup(fetch->easy);
    free(fetch);
}

static void forget(struct timer *timer, struct now now)
{
    struct mirror_fetch *fetch = timer->context;
    if (fetch->readers == 0 && fetch->is_told)
        drop(fetch);
    else
        (void)!loop_arm(fetch->fetcher->loop, timer,
                        instant_after(now.steady, duration_seconds(1)));
}

/* How long an answer of each kind is good for those who ask again. */
static struct duration remembered(enum mirror_fetch_result result)
{
    switch (result) {
    case MIRROR_ABSENT:
    case MIRROR_REFUSED:
        return duration_seconds(10);
    case MIRROR_UNREACHABLE:
    case MIRROR_PASSED:
        return duration_seconds(3);
    case MIRROR_WHOLE:
    case MIRROR_UNCHANGED:
        break;
    }
    return duration_ms(100);
}

static void end(struct mirror_fetch *fetch, enum mirror_fetch_result result, const char *why)
{
    struct mirror_fetcher *f = fetch->fetcher;
    fetch->state = MIRROR_ENDED;
    fetch->result = result;
    span_to_text(span_text(why), fetch->why, sizeof fetch->why);
    if (result != MIRROR_WHOLE && fetch->fd >= 0)
        mirror_store_abandon(f->store, fetch->key);
    f->under_way--;
    timer_init(&fetch->timer, forget, fetch);
    (void)!loop_arm(f->loop, &fetch->timer,
                    instant_after(loop_now(f->loop).steady, remembered(result)));
    tell_later(f);
}

/* The answer's head. */

static struct span field_value(struct span line, const char *name)
{
    size_t len = strlen(name);
    if (line.len < len || !span_equals_nocase(span_slice(line, 0, len), span_text(name)))
        return (struct span){ 0 };
    struct span value = span_from(line, len);
    while (value.len > 0 &&
           (value.data[value.len - 1] == '\r' || value.data[value.len - 1] == '\n'))
        value.len--;
    return http_trim(value);
}

static void keep(struct span value, char *out, size_t cap)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] == 0x7f)
            return;
    if (value.len > 0 && value.len < cap)
        span_to_text(value, out, cap);
}

static void add_to(uint64_t *sum, uint64_t more)
{
    if (!checked_add_u64(*sum, more, sum))
        *sum = UINT64_MAX;
}

/* What the other fetches that are under way will take: of the bound, which counts them only when
 * they are whole, and of the disk, where a part of them is already. */
static void count_others(const struct mirror_fetch *fetch, uint64_t *room, uint64_t *to_come)
{
    *room = 0;
    *to_come = 0;
    list_each (link, &fetch->fetcher->fetches) {
        const struct mirror_fetch *other = list_entry(link, struct mirror_fetch, link);
        if (other == fetch || other->state == MIRROR_ENDED || other->fd < 0)
            continue;
        add_to(room, mirror_index_room(other->has_total ? other->header.size : other->have));
        add_to(to_come, other->has_total ? other->header.size - other->have : 0);
    }
}

static int make_room(struct mirror_fetch *fetch, uint64_t bytes)
{
    struct mirror_fetcher *f = fetch->fetcher;
    uint64_t room, to_come;
    bool is_possible = mirror_index_could_fit(mirror_store_index(f->store), bytes);
    count_others(fetch, &room, &to_come);
    add_to(&room, bytes);
    if (mirror_store_make_room(f->store, room, &f->dropped_files, &f->dropped_bytes))
        return 0;
    struct text t = text_over(fetch->why, sizeof fetch->why);
    text_add(&t, is_possible ? "with the files that are coming just now it would be more than the "
                               "mirror may hold ('mirror: size-max')"
                             : "the file is larger than all of the mirror may be ('mirror: "
                               "size-max')");
    return -EFBIG;
}

static int open_part(struct mirror_fetch *fetch)
{
    uint64_t space, room, needed;
    int r = fetch->has_total ? make_room(fetch, fetch->header.size) : 0;
    if (r < 0)
        return r;
    if (fetch->fd < 0) /* else of an attempt that brought nothing */
        fetch->fd = mirror_store_begin(fetch->fetcher->store, fetch->key);
    r = fetch->fd < 0 ? fetch->fd : file_free_space(fetch->fd, &space);
    count_others(fetch, &room, &needed);
    add_to(&needed, HEADROOM_BYTES);
    add_to(&needed, fetch->header.size);
    if (r == 0 && space < needed) {
        struct text t = text_over(fetch->why, sizeof fetch->why);
        text_add(&t, "the disk of the mirror is full");
        r = -ENOSPC;
    }
    return r;
}

static bool is_same(const struct mirror_header *a, const struct mirror_header *b)
{
    return strcmp(a->etag, b->etag) == 0 && strcmp(a->modified, b->modified) == 0 &&
           a->size == b->size;
}

/* An answer with a body begins: 0, or a negative errno that ends it. */
static int body_begins(struct mirror_fetch *fetch, bool has_size)
{
    /* Once it is coming its head is known to those who read it, even before its first byte. */
    if (fetch->begin > 0 || fetch->state == MIRROR_COMING) {
        fetch->is_other = fetch->status != (fetch->begin > 0 ? 206 : 200) ||
                          !is_same(&fetch->header, &fetch->seen);
        return fetch->is_other ? -ECANCELED : 0;
    }
    if (fetch->status != 200)
        return -EPROTO;
    memcpy(fetch->seen.key, fetch->key, sizeof fetch->seen.key);
    fetch->header = fetch->seen;
    fetch->has_total = has_size;
    fetch->modified_s = 0;
    (void)!http_date_parse(span_text(fetch->header.modified), &fetch->modified_s);
    int r = open_part(fetch);
    if (r == 0 && has_size) {
        fetch->state = MIRROR_COMING;
        tell_later(fetch->fetcher);
    }
    return r;
}

static size_t take_head(char *data, size_t size, size_t count, void *context)
{
    struct mirror_fetch *fetch = context;
    struct span line = span_of(data, size * count);
    uint64_t number;

    if (span_starts_with(line, "HTTP/")) {
        size_t blank = span_find(line, ' ');
        fetch->seen = (struct mirror_header){ .size = UINT64_MAX };
        fetch->status =
            http_number_parse(span_slice(line, blank + 1, 3), &number) ? (long)number : 0;
        /* HTTP/2 and later frame each body; RFC 9112 6.3: what 1.x does not frame ends with its
         * connection, however that ends. */
        fetch->is_framed = !span_starts_with(line, "HTTP/1");
        return line.len;
    }
    if (line.len <= 2) {
        bool has_size = fetch->seen.size != UINT64_MAX;
        if (!has_size)
            fetch->seen.size = 0;
        fetch->is_framed |= has_size;
        if (fetch->status == 200 || fetch->status == 206)
            fetch->error = body_begins(fetch, has_size);
        return fetch->error < 0 ? 0 : line.len;
    }
    keep(field_value(line, "etag:"), fetch->seen.etag, sizeof fetch->seen.etag);
    keep(field_value(line, "last-modified:"), fetch->seen.modified, sizeof fetch->seen.modified);
    if (span_equals_nocase(field_value(line, "transfer-encoding:"), span_text("chunked")))
        fetch->is_framed = true;
    struct span range = field_value(line, "content-range:");
    struct span length = field_value(line, "content-length:");
    size_t slash = span_find(range, '/');
    if (slash < range.len && http_number_parse(span_from(range, slash + 1), &number))
        fetch->seen.size = number;
    else if (length.len > 0 && fetch->status == 200 && http_number_parse(length, &number))
        fetch->seen.size = number;
    return line.len;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct mirror_fetch *fetch = context;
    size_t len = size * count;
    uint64_t most = fetch->has_total ? fetch->header.size : UNSIZED_MAX;

    if (fetch->status != 200 && fetch->status != 206)
        return len; /* the words of an error */
    if (fetch->fd < 0 || len > most - fetch->have) {
        fetch->error = -EFBIG;
        return 0;
    }
    for (size_t at = 0; at < len;) {
        ssize_t n =
            pwrite(fetch->fd, data + at, len - at, (off_t)(MIRROR_HEADER_BYTES + fetch->have + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            fetch->error = n < 0 ? -errno : -ENOSPC;
            return 0;
        }
        at += (size_t)n;
    }
    fetch->have += len;
    if (fetch->state == MIRROR_COMING)
        tell_later(fetch->fetcher);
    return len;
}

/* Attempts. */

static void add_field(struct mirror_fetch *fetch, const char *name, const char *value)
{
    char line[MIRROR_ETAG_MAX + 40];
    struct text t = text_over(line, sizeof line);
    text_addf(&t, "%s: %s", name, value);
    struct curl_slist *more = fetch->fetcher->easy->append(fetch->fields, line);
    fetch->fields = more ? more : fetch->fields;
}

static int start(struct mirror_fetch *fetch)
{
    struct mirror_fetcher *f = fetch->fetcher;
    bool is_secure = strncmp(fetch->url, "https:", 6) == 0;
    CURLcode r = CURLE_OK;

    fetch->easy = f->easy->init();
    if (!fetch->easy)
        return -ENOMEM;
    fetch->begin = fetch->have;
    fetch->error = 0;
    fetch->attempts++;
#define SET(option, value) r = r == CURLE_OK ? f->easy->setopt(fetch->easy, option, value) : r
    SET(CURLOPT_URL, fetch->url);
    SET(CURLOPT_PRIVATE, fetch);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "tugboot/" TUGBOOT_VERSION);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, fetch);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, fetch);
    /* A proxy's "200" to CONNECT is no answer of the upstream's. */
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)fetch->begin);
    if (f->config->mirror.proxy[0])
        SET(CURLOPT_PROXY, f->config->mirror.proxy);
    if (fetch->fields && fetch->begin == 0)
        SET(CURLOPT_HTTPHEADER, fetch->fields);
#undef SET
    if (r != CURLE_OK || f->functions->add_handle(f->multi, fetch->easy) != CURLM_OK) {
        f->easy->cleanup(fetch->easy);
        fetch->easy = NULL;
        return -EINVAL;
    }
    return 0;
}

static void try_again(struct timer *timer, struct now now)
{
    struct mirror_fetch *fetch = timer->context;
    (void)now;
    if (start(fetch) < 0)
        end(fetch, MIRROR_UNREACHABLE, "no memory");
}

/* What broke off can be gone on with only if others can tell whether it is the same file. */
static bool can_go_on(const struct mirror_fetch *fetch)
{
    return fetch->have == 0 ||
           (fetch->state == MIRROR_COMING && (fetch->header.etag[0] || fetch->header.modified[0]));
}

static void finish_whole(struct mirror_fetch *fetch)
{
    struct mirror_fetcher *f = fetch->fetcher;
    fetch->header.size = fetch->have;
    if (!fetch->is_framed) {
        end(fetch, MIRROR_PASSED, "");
        return;
    }
    if (!fetch->has_total && make_room(fetch, fetch->have) < 0) {
        end(fetch, MIRROR_REFUSED, fetch->why);
        return;
    }
    int r = mirror_store_commit(f->store, &fetch->header, fetch->fd, loop_now(f->loop).calendar);
    if (r < 0)
        end(fetch, MIRROR_REFUSED, strerror(-r));
    else
        end(fetch, MIRROR_WHOLE, "");
}

static void judge(struct mirror_fetch *fetch, CURLcode code)
{
    struct mirror_fetcher *f = fetch->fetcher;
    char why[MIRROR_WHY_MAX];
    struct text t = text_over(why, sizeof why);
    bool is_short = fetch->has_total && fetch->have != fetch->header.size;

    if (fetch->error == -EFBIG || fetch->error == -ENOSPC) {
        if (!fetch->why[0])
            text_add(&t, fetch->error == -ENOSPC ? "the disk of the mirror is full"
                                                 : "the upstream sends more than it said");
        memcpy(fetch->why, fetch->why[0] ? fetch->why : why, sizeof why);
        end(fetch, MIRROR_REFUSED, fetch->why);
    } else if (code == CURLE_OK && fetch->status == 304 && fetch->is_conditional) {
        struct mirror_file *file =
            mirror_index_find(mirror_store_index(f->store), span_text(fetch->key));
        if (file)
            mirror_store_checked(f->store, file, loop_now(f->loop).calendar);
        end(fetch, MIRROR_UNCHANGED, "");
    } else if (code == CURLE_OK && (fetch->status == 200 || fetch->status == 206) && !is_short) {
        finish_whole(fetch);
    } else if (code == CURLE_OK &&
               (fetch->status == 404 || fetch->status == 403 || fetch->status == 410)) {
        text_addf(&t, "the upstream answers %ld", fetch->status);
        end(fetch, MIRROR_ABSENT, why);
    } else if (!fetch->is_other && fetch->attempts < ATTEMPTS && can_go_on(fetch) &&
               code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_COULDNT_CONNECT &&
               code != CURLE_TOO_MANY_REDIRECTS && code != CURLE_PEER_FAILED_VERIFICATION) {
        timer_init(&fetch->timer, try_again, fetch);
        (void)!loop_arm(f->loop, &fetch->timer,
                        instant_after(loop_now(f->loop).steady, duration_ms(AGAIN_MS)));
    } else {
        if (fetch->is_other)
            text_add(&t, "the upstream changed the file while it was fetched");
        else if (code == CURLE_OK)
            text_addf(&t, "the upstream answers %ld", fetch->status);
        else
            text_add_escaped(&t, span_text(f->easy->strerror(code)));
        end(fetch, MIRROR_UNREACHABLE, why);
    }
}

static void take_results(struct mirror_fetcher *f)
{
    CURLMsg *message;
    int left;
    while ((message = f->functions->info_read(f->multi, &left)) != NULL) {
        struct mirror_fetch *fetch = NULL;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)f->easy->getinfo(easy, CURLINFO_PRIVATE, &fetch);
        (void)f->functions->remove_handle(f->multi, easy);
        f->easy->cleanup(easy);
        fetch->easy = NULL;
        judge(fetch, code);
    }
}

/* libcurl's sockets and its timer. */

static void act(struct mirror_fetcher *f, curl_socket_t socket, int events)
{
    int running;
    (void)f->functions->socket_action(f->multi, socket, events, &running);
    take_results(f);
}

static void socket_ready(struct watch *watch, uint32_t events)
{
    struct socket_watch *s = watch->context;
    int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    act(s->fetcher, watch->fd, what);
}

static int socket_changes(CURL *easy, curl_socket_t socket, int what, void *context, void *pointer)
{
    struct mirror_fetcher *f = context;
    struct socket_watch *s = pointer;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            loop_unwatch(f->loop, &s->watch);
            (void)f->functions->assign(f->multi, socket, NULL);
            free(s);
        }
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (s)
        return loop_rewatch(f->loop, &s->watch, events) < 0 ? -1 : 0;
    s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->fetcher = f;
    s->watch =
        (struct watch){ .fd = socket, .events = events, .ready = socket_ready, .context = s };
    if (loop_watch(f->loop, &s->watch) < 0) {
        free(s);
        return -1;
    }
    (void)f->functions->assign(f->multi, socket, s);
    return 0;
}

static void timer_due(struct timer *timer, struct now now)
{
    (void)now;
    act(timer->context, CURL_SOCKET_TIMEOUT, 0);
}

static int timer_changes(CURLM *multi, long ms, void *context)
{
    struct mirror_fetcher *f = context;
    (void)multi;
    if (ms < 0)
        loop_disarm(f->loop, &f->timer);
    else
        (void)!loop_arm(f->loop, &f->timer,
                        instant_after(loop_now(f->loop).steady, duration_ms(ms)));
    return 0;
}

int mirror_fetcher_new(const struct config *config, struct mirror_store *store, struct loop *loop,
                       const struct mirror_fetcher_listener *listener, struct mirror_fetcher **ret)
{
    struct mirror_fetcher *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->config = config;
    f->store = store;
    f->loop = loop;
    f->listener = *listener;
    f->easy = curl_library_open();
    f->functions = f->easy ? &f->easy->multi : NULL;
    f->multi = f->functions ? f->functions->init() : NULL;
    if (!f->multi) {
        int r = f->functions ? -ENOMEM : -ENOENT;
        free(f);
        return r;
    }
    list_init(&f->fetches);
    timer_init(&f->timer, timer_due, f);
    (void)f->functions->setopt(f->multi, CURLMOPT_SOCKETFUNCTION, socket_changes);
    (void)f->functions->setopt(f->multi, CURLMOPT_SOCKETDATA, f);
    (void)f->functions->setopt(f->multi, CURLMOPT_TIMERFUNCTION, timer_changes);
    (void)f->functions->setopt(f->multi, CURLMOPT_TIMERDATA, f);
    (void)f->functions->setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 8L);
    *ret = f;
    return 0;
}

void mirror_fetcher_free(struct mirror_fetcher *f)
{
    if (!f)
        return;
    while (!list_is_empty(&f->fetches)) {
        struct mirror_fetch *fetch = list_entry(f->fetches.next, struct mirror_fetch, link);
        if (fetch->easy)
            (void)f->functions->remove_handle(f->multi, fetch->easy);
        if (fetch->state != MIRROR_ENDED && fetch->fd >= 0)
            mirror_store_abandon(f->store, fetch->key);
        drop(fetch);
    }
    (void)f->functions->cleanup(f->multi);
    loop_disarm(f->loop, &f->timer);
    free(f);
}

struct mirror_fetch *mirror_fetcher_find(struct mirror_fetcher *f, struct span key)
{
    list_each (link, &f->fetches) {
        struct mirror_fetch *fetch = list_entry(link, struct mirror_fetch, link);
        bool is_done = fetch->state == MIRROR_ENDED &&
                       (fetch->result == MIRROR_WHOLE || fetch->result == MIRROR_UNCHANGED);
        if (!is_done && span_is(key, fetch->key))
            return fetch;
    }
    return NULL;
}

/* Of those that ended and are but remembered the oldest makes way. */
static void forget_one(struct mirror_fetcher *f)
{
    list_each (link, &f->fetches) {
        struct mirror_fetch *fetch = list_entry(link, struct mirror_fetch, link);
        if (fetch->state != MIRROR_ENDED || fetch->readers > 0 || !fetch->is_told)
            continue;
        drop(fetch);
        return;
    }
}

int mirror_fetcher_begin(struct mirror_fetcher *f, const struct config_upstream *upstream,
                         struct span key, struct span path, const struct mirror_file *former)
{
    if (f->kept >= KEPT_MAX)
        forget_one(f);
    if (f->under_way >= FETCHES_MAX || f->kept >= KEPT_MAX)
        return -EAGAIN;
    struct mirror_fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch)
        return -ENOMEM;
    struct text t = text_over(fetch->url, sizeof fetch->url);
    text_addf(&t, "%s/", upstream->url);
    mirror_add_coded(&t, path);
    fetch->fetcher = f;
    fetch->upstream = upstream;
    fetch->fd = -1;
    span_to_text(key, fetch->key, sizeof fetch->key);
    if (former && former->etag[0])
        add_field(fetch, "If-None-Match", former->etag);
    if (former && former->modified[0])
        add_field(fetch, "If-Modified-Since", former->modified);
    fetch->is_conditional = fetch->fields != NULL;
    list_append(&f->fetches, &fetch->link);
    f->kept++;
    f->under_way++;
    timer_init(&fetch->timer, forget, fetch);
    int r = t.failed ? -ENAMETOOLONG : start(fetch);
    if (r < 0) {
        f->under_way--;
        drop(fetch);
    }
    return r;
}

/* One of them. */

enum mirror_fetch_state mirror_fetch_state(const struct mirror_fetch *fetch)
{
    return fetch->state;
}

enum mirror_fetch_result mirror_fetch_result(const struct mirror_fetch *fetch)
{
    return fetch->result;
}

const char *mirror_fetch_why(const struct mirror_fetch *fetch)
{
    return fetch->why;
}

const struct mirror_header *mirror_fetch_header(const struct mirror_fetch *fetch)
{
    return &fetch->header;
}

int64_t mirror_fetch_modified_s(const struct mirror_fetch *fetch)
{
    return fetch->modified_s;
}

int mirror_fetch_join(struct mirror_fetch *fetch)
{
    int fd = dup(fetch->fd);
    if (fd >= 0)
        fetch->readers++;
    return fd;
}

void mirror_fetch_leave(struct mirror_fetcher *f, struct mirror_fetch *fetch)
{
    (void)f;
    fetch->readers--;
}

int64_t mirror_fetch_ready(const struct mirror_fetch *fetch, uint64_t offset)
{
    uint64_t there = MIRROR_HEADER_BYTES + fetch->have;
    if (offset < there)
        return (int64_t)(there - offset);
    bool is_lost = fetch->state == MIRROR_ENDED && fetch->result != MIRROR_WHOLE &&
                   fetch->result != MIRROR_PASSED;
    return is_lost ? -EIO : 0;
}

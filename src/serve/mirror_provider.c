/* See mirror_provider.h. The rules: a file whose name says its bytes is never asked after; any
 * other is asked after each time, by those who come within two seconds together. An upstream that
 * cannot be reached is left alone for a while, and what is here is served as it is. */
#include "serve/mirror_provider.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRESH_S      2
#define LEFT_ALONE_S 15

struct upstream_state {
    bool is_down;
    struct instant ask_again;
};

struct mirror_provider {
    struct provider functions;
    const struct config *config;
    struct mirror_store *store;
    struct mirror_fetcher *fetcher;
    struct loop *loop;
    struct mirror_reach reach;
    struct mirror_counts counts;
    struct upstream_state upstreams[CONFIG_UPSTREAMS_MAX];
};

static int refuse(struct mirror_provider *p, struct fetch *out, int error, const char *format,
                  const char *what)
{
    struct text t = text_over(out->why, sizeof out->why);
    /* Formats are literals of this file with one %s. */
    struct span f = span_text(format);
    size_t at = span_find(f, '%');
    text_add_span(&t, span_slice(f, 0, at));
    text_add(&t, what);
    text_add_span(&t, span_from(f, at + 2));
    out->says_why = true;
    p->counts.not_had++;
    return error;
}

static const struct config_upstream *find_upstream(const struct mirror_provider *p,
                                                   struct span name)
{
    for (uint8_t i = 0; i < p->config->mirror.upstream_count; i++)
        if (span_is(name, p->config->mirror.upstreams[i].name))
            return &p->config->mirror.upstreams[i];
    return NULL;
}

static struct upstream_state *state_of(struct mirror_provider *p,
                                       const struct config_upstream *upstream)
{
    return &p->upstreams[upstream - p->config->mirror.upstreams];
}

static bool is_left_alone(struct mirror_provider *p, const struct config_upstream *upstream)
{
    const struct upstream_state *state = state_of(p, upstream);
    return p->config->mirror.offline ||
           (state->is_down && !instant_reached(loop_now(p->loop).steady, state->ask_again));
}

/* Made of what the upstream said; a weak tag of its own would not do for ranges. */
static void write_tag(const struct mirror_header *header, char out[BODY_ETAG_MAX])
{
    const struct hash_key key = { 0 };
    uint64_t hash = siphash(&key, span_text(header->key));
    hash ^= siphash(&key, span_text(header->etag)) * 3;
    hash ^= siphash(&key, span_text(header->modified)) * 5;
    snprintf(out, BODY_ETAG_MAX, "\"m%" PRIx64 "-%" PRIx64 "\"", hash, header->size);
}

static void describe(struct fetch *out, int fd, const struct mirror_header *header,
                     int64_t modified_s)
{
    out->body = (struct body){
        .pieces[0] = { .fd = fd, .offset = MIRROR_HEADER_BYTES, .length = header->size },
        .piece_count = 1,
        .size = header->size,
        .modified_s = modified_s,
        .media_type = "application/octet-stream",
    };
    write_tag(header, out->body.etag);
    out->candidate.kind = CANDIDATE_FILE;
    out->candidate.media_type = out->body.media_type;
}

static int serve_file(struct mirror_provider *p, struct mirror_file *file, struct fetch *out)
{
    struct mirror_header header = { .size = file->size };
    memcpy(header.etag, file->etag, sizeof header.etag);
    memcpy(header.modified, file->modified, sizeof header.modified);
    span_to_text(span_text(file->key), header.key, sizeof header.key);
    int64_t modified_s = file->modified_s;
    int fd = mirror_store_read(p->store, file);
    if (fd < 0)
        return fd;
    mirror_store_use(p->store, file, loop_now(p->loop).calendar);
    describe(out, fd, &header, modified_s);
    return 0;
}

static int serve_growing(struct mirror_fetch *fetch, struct fetch *out)
{
    int fd = mirror_fetch_join(fetch);
    if (fd < 0)
        return -EMFILE;
    describe(out, fd, mirror_fetch_header(fetch), mirror_fetch_modified_s(fetch));
    out->is_growing = true;
    out->handle = fetch;
    return 0;
}

/* One that is under way, or that failed or passed a moment ago. */
static int serve_fetch(struct mirror_provider *p, struct mirror_fetch *fetch,
                       struct mirror_file *file, struct fetch *out)
{
    if (mirror_fetch_state(fetch) == MIRROR_ASKING)
        return -EAGAIN;
    if (mirror_fetch_state(fetch) == MIRROR_COMING)
        return serve_growing(fetch, out);
    const char *why = mirror_fetch_why(fetch);
    switch (mirror_fetch_result(fetch)) {
    case MIRROR_ABSENT:
        return refuse(p, out, -ENOENT, "The mirror has asked: %s.", why);
    case MIRROR_REFUSED:
        return refuse(p, out, -EHOSTUNREACH, "The mirror cannot keep it: %s.", why);
    case MIRROR_UNREACHABLE:
        if (file)
            return serve_file(p, file, out);
        return refuse(p, out, -EHOSTUNREACH, "The mirror has no copy, and cannot get one now: %s.",
                      why);
    case MIRROR_PASSED:
        return serve_growing(fetch, out);
    case MIRROR_WHOLE:
    case MIRROR_UNCHANGED:
        break;
    }
    return -EAGAIN;
}

static bool is_good(const struct mirror_provider *p, const struct mirror_file *file)
{
    int64_t now_s = loop_now(p->loop).calendar.ms / 1000;
    return file->kind == MIRROR_LASTING ||
           (file->checked_s <= now_s && now_s - file->checked_s < FRESH_S);
}

static int open_name(struct mirror_provider *p, struct span name, struct fetch *out)
{
    struct span key, upstream_name, path;
    if (!mirror_name_split(name, &key, &upstream_name, &path))
        return refuse(p, out, -ENOENT,
                      "Only files are mirrored, as /mirror/NAME/PATH; there are no listings.%s",
                      "");
    const struct config_upstream *upstream = find_upstream(p, upstream_name);
    if (!upstream)
        return refuse(p, out, -ENOENT,
                      "No upstream of this name is mirrored: see mirror: upstreams in the "
                      "configuration.%s",
                      "");
    struct mirror_file *file = mirror_index_find(mirror_store_index(p->store), key);
    if (file && (is_good(p, file) || is_left_alone(p, upstream))) {
        int r = serve_file(p, file, out);
        if (r != -ENOENT)
            return r;
        file = NULL; /* somebody has removed it */
    }
    struct mirror_fetch *fetch = mirror_fetcher_find(p->fetcher, key);
    if (fetch)
        return serve_fetch(p, fetch, file, out);
    if (p->config->mirror.offline)
        return refuse(p, out, -EHOSTUNREACH,
                      "The mirror has no copy, and is not to ask for one (mirror: offline).%s", "");
    if (is_left_alone(p, upstream))
        return refuse(p, out, -EHOSTUNREACH,
                      "The mirror has no copy, and its upstream %s cannot be reached.",
                      upstream->name);
    int r = mirror_fetcher_begin(p->fetcher, upstream, key, path, file);
    return r == 0 || r == -EAGAIN ? -EAGAIN : r;
}

static int provider_open(void *context, const struct fetch_request *request, struct arena *arena,
                         struct fetch *out)
{
    struct mirror_provider *p = context;
    (void)arena;
    *out = (struct fetch){ .client.address = request->source.addr };
    int r = open_name(p, request->name, out);
    if (r == -EAGAIN)
        snprintf(out->why, sizeof out->why, "The upstream does not answer in time.");
    out->says_why = true;
    return r;
}

static void provider_close(void *context, struct fetch *fetch)
{
    struct mirror_provider *p = context;
    if (fetch->body.piece_count > 0)
        close(fetch->body.pieces[0].fd);
    fetch->body.piece_count = 0;
    if (fetch->handle)
        mirror_fetch_leave(p->fetcher, fetch->handle);
    fetch->handle = NULL;
}

static int64_t provider_ready(void *context, const struct fetch *fetch, uint64_t offset)
{
    (void)context;
    return mirror_fetch_ready(fetch->handle, offset);
}

static void provider_delivered(void *context, const struct fetch *fetch, struct now now)
{
    struct mirror_provider *p = context;
    (void)now;
    p->counts.served++;
    p->counts.served_bytes += fetch->body.size;
}

static bool provider_serves(void *context, struct ipv4 local)
{
    (void)context;
    return !ipv4_equals(local, IPV4_BROADCAST);
}

/* Each file to each machine is no news. */
static void drop_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

int mirror_provider_new(const struct config *config, struct mirror_store *store,
                        struct mirror_fetcher *fetcher, struct loop *loop,
                        const struct mirror_reach *reach, struct mirror_provider **ret)
{
    struct mirror_provider *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->config = config;
    p->store = store;
    p->fetcher = fetcher;
    p->loop = loop;
    p->reach = *reach;
    p->functions = (struct provider){ .open = provider_open,
                                      .close = provider_close,
                                      .ready = provider_ready,
                                      .delivered = provider_delivered,
                                      .serves = provider_serves,
                                      .events = { .emit = drop_event },
                                      .context = p };
    *ret = p;
    return 0;
}

void mirror_provider_free(struct mirror_provider *provider)
{
    free(provider);
}

const struct provider *mirror_provider_get(const struct mirror_provider *provider)
{
    return &provider->functions;
}

const struct mirror_counts *mirror_provider_counts(const struct mirror_provider *provider)
{
    return &provider->counts;
}

void mirror_provider_ended(struct mirror_provider *p, const struct config_upstream *upstream,
                           const struct mirror_end *end)
{
    struct upstream_state *state = state_of(p, upstream);
    bool was_down = state->is_down;

    if (end->result == MIRROR_WHOLE || end->result == MIRROR_PASSED) {
        p->counts.fetched++;
        p->counts.fetched_bytes += end->bytes;
    }
    if (end->result == MIRROR_REFUSED)
        return;
    state->is_down = end->result == MIRROR_UNREACHABLE && !end->has_answered;
    if (state->is_down)
        state->ask_again = instant_after(loop_now(p->loop).steady, duration_seconds(LEFT_ALONE_S));
    if (state->is_down != was_down)
        p->reach.changed(p->reach.context, upstream, state->is_down ? end->why : NULL);
}

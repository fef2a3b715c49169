/* See folder_provider.h. Knows no protocol and no boot decision. */
#include "serve/folder_provider.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "net/file_share.h"

struct folder_provider {
    struct provider functions;
    int folder;
    struct file_share *share; /* NULL: each request opens for itself */
    int failure;
    uint64_t open_count, delivered_count;
};

DEFINE_FREEP(struct folder_provider, folder_provider_free)

static int refuse(struct fetch *out, int error, const char *why)
{
    snprintf(out->why, sizeof out->why, "%s", why);
    return error;
}

static void describe(struct body *body, int fd, const struct file_facts *facts)
{
    *body = (struct body){
        .pieces[0] = { .fd = fd, .length = facts->size },
        .piece_count = 1,
        .size = facts->size,
        .modified_s = facts->modified_s,
        .media_type = "application/octet-stream",
    };
    snprintf(body->etag, sizeof body->etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", facts->inode,
             facts->size, (uint64_t)facts->modified_s * 1000000000 + facts->modified_ns);
}

static int folder_open(void *context, const struct fetch_request *request, struct arena *arena,
                       struct fetch *out)
{
    struct folder_provider *p = context;
    (void)arena;
    *out = (struct fetch){ .client.address = request->source.addr };
    if (p->failure != 0)
        return refuse(out, p->failure, "it cannot be opened");

    enum path_flaw flaw = safe_path_parse(request->name, &out->candidate.path);
    if (flaw != PATH_SOUND)
        return refuse(out, flaw == PATH_TOO_LONG ? -ENOENT : -EACCES, path_flaw_text(flaw));
    if (out->candidate.path.len == 0)
        return refuse(out, -EISDIR, "it is a folder");

    struct file_facts facts;
    int fd;
    enum file_verdict verdict =
        file_share_open(p->share, 0, p->folder, &out->candidate.path, false, &fd, &facts);
    if (verdict != FILE_OPENED)
        return refuse(out, file_verdict_errno(verdict, &facts), file_verdict_text(verdict));
    describe(&out->body, fd, &facts);
    out->candidate.kind = CANDIDATE_FILE;
    out->candidate.media_type = out->body.media_type;
    p->open_count++;
    return 0;
}

static void folder_close(void *context, struct fetch *fetch)
{
    struct folder_provider *p = context;
    for (uint32_t i = 0; i < fetch->body.piece_count; i++)
        if (body_piece_at(&fetch->body, i)->fd >= 0)
            file_share_close(p->share, body_piece_at(&fetch->body, i)->fd);
    fetch->body.piece_count = 0;
    p->open_count--;
}

static void folder_delivered(void *context, const struct fetch *fetch, struct now now)
{
    struct folder_provider *p = context;
    (void)fetch;
    (void)now;
    p->delivered_count++;
}

static bool folder_serves(void *context, struct ipv4 local)
{
    (void)context;
    return !ipv4_equals(local, IPV4_BROADCAST);
}

int folder_provider_new(const char *folder, struct loop *loop, struct event_sink events,
                        struct folder_provider **ret_provider)
{
    autoclean(folder_provider_freep) struct folder_provider *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->folder = file_open_root(folder);
    if (p->folder < 0)
        return p->folder;
    int r = loop ? file_share_new(loop, &p->share) : 0;
    if (r < 0)
        return r;
    p->functions = (struct provider){
        .open = folder_open,
        .close = folder_close,
        .delivered = folder_delivered,
        .serves = folder_serves,
        .events = events,
        .context = p,
    };
    *ret_provider = take_ptr(&p);
    return 0;
}

void folder_provider_free(struct folder_provider *provider)
{
    if (!provider)
        return;
    file_share_free(provider->share);
    if (provider->folder >= 0)
        close(provider->folder);
    free(provider);
}

const struct provider *folder_provider_get(const struct folder_provider *provider)
{
    return &provider->functions;
}

uint64_t folder_provider_open_count(const struct folder_provider *provider)
{
    return provider->open_count;
}

uint64_t folder_provider_delivered_count(const struct folder_provider *provider)
{
    return provider->delivered_count;
}

void folder_provider_fail(struct folder_provider *provider, int error)
{
    provider->failure = error;
}

/* See folder_provider.h. Opens beneath the folder's descriptor only (openat2, no magic links),
 * never blocking, and serves nothing but plain files. Knows no protocol and no boot decision. */
#include "serve/folder_provider.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/autoclean.h"

struct folder_provider {
    struct provider functions;
    int folder;
    int failure;
    uint64_t open_count, delivered_count;
};

DEFINE_FREEP(struct folder_provider, folder_provider_free)

static int open_beneath(int folder, const char *path)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, folder, path, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

static int refuse(struct fetch *out, int error, const char *why)
{
    snprintf(out->why, sizeof out->why, "%s", why);
    return error;
}

static const char *open_failure_text(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return "no such file";
    case -EACCES:
    case -EPERM:
        return "it may not be read";
    case -EXDEV:
    case -ELOOP:
        return "its link leads out of the folder";
    case -EMFILE:
    case -ENFILE:
        return "no file descriptors left";
    default:
        return "it cannot be opened";
    }
}

/* The error classes of provider.h. */
static int open_failure_class(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return -ENOENT;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        return error;
    default:
        return -EACCES;
    }
}

static void describe(struct body *body, int fd, const struct stat *facts)
{
    *body = (struct body){
        .pieces[0] = { .fd = fd, .length = (uint64_t)facts->st_size },
        .piece_count = 1,
        .size = (uint64_t)facts->st_size,
        .modified_s = facts->st_mtim.tv_sec,
        .media_type = "application/octet-stream",
    };
    snprintf(body->etag, sizeof body->etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"",
             (uint64_t)facts->st_ino, (uint64_t)facts->st_size,
             (uint64_t)facts->st_mtim.tv_sec * 1000000000 + (uint64_t)facts->st_mtim.tv_nsec);
}

static int folder_open(void *context, const struct fetch_request *request, struct arena *arena,
                       struct fetch *out)
{
    struct folder_provider *p = context;
    (void)arena;
    *out = (struct fetch){ .client.address = request->source.addr };
    if (p->failure != 0)
        return refuse(out, p->failure, open_failure_text(p->failure));

    enum path_flaw flaw = safe_path_parse(request->name, &out->candidate.path);
    if (flaw != PATH_SOUND)
        return refuse(out, flaw == PATH_TOO_LONG ? -ENOENT : -EACCES, path_flaw_text(flaw));
    if (out->candidate.path.len == 0)
        return refuse(out, -EISDIR, "it is a folder");

    int fd = open_beneath(p->folder, out->candidate.path.text);
    if (fd < 0)
        return refuse(out, open_failure_class(fd), open_failure_text(fd));
    struct stat facts = { 0 };
    if (fstat(fd, &facts) < 0 || !S_ISREG(facts.st_mode)) {
        bool is_folder = S_ISDIR(facts.st_mode);
        close(fd);
        return is_folder ? refuse(out, -EISDIR, "it is a folder")
                         : refuse(out, -EINVAL, "it is not a plain file");
    }
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
            close(body_piece_at(&fetch->body, i)->fd);
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

int folder_provider_new(const char *folder, struct event_sink events,
                        struct folder_provider **ret_provider)
{
    autoclean(folder_provider_freep) struct folder_provider *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->folder < 0)
        return -errno;
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

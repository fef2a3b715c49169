/* One file is under way at a time: the disk is the boot machines' first. A file that killed the
 * worker is remembered as damaged and not tried again, and so is a list of keys: the others are
 * sent anew without it. A new worker knows none of the lists, so what it says of a file that was
 * waiting meanwhile is thrown away and the file asked for again. */
#include "serve/inspector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"

#include "serve/trust_files.h"

#define KNOWN_MAX        2048
#define LIST_KILLERS_MAX 16
#define LIST_PATH_MAX    256

/* A file, or one inside a container. */
struct item {
    struct file_facts file;
    struct file_part part;
};

struct known {
    struct item item;
    struct secure_facts facts;
    uint32_t trust; /* under which it was found out */
};

/* One list on its way to the worker. */
struct trust_job {
    struct list link; /* inspector.trust_jobs */
    struct worker_job job;
    struct inspector *inspector;
    char path[LIST_PATH_MAX];
};

/* A list that has cost workers. */
struct list_killer {
    char path[LIST_PATH_MAX];
    unsigned deaths;
};

struct tally {
    uint64_t count, trusted, vendor, unsigned_, refused, other;
};

struct inspector {
    struct inspector_settings settings;
    const struct config *config; /* whose trust is in force */
    struct known *known;
    size_t known_count, next_known;     /* when full, the oldest gives way */
    struct catalog_snapshot *looked_at; /* NULL: nothing to do */
    size_t cursor;                      /* loaders first, then images */
    uint32_t trust;                     /* counts the trusts that were in force */
    bool has_news, is_under_way, is_gone;
    bool is_unsure; /* a worker that lacks the lists may judge the job: it counts for nothing */
    struct list_killer list_killers[LIST_KILLERS_MAX]; /* under this trust */
    unsigned list_killer_count;
    struct tally tally;
    struct list trust_jobs; /* on their way */
    struct worker_job job;
    struct image_extent extents[WORKER_EXTENTS_MAX]; /* of the job: its catalog may go before it */
    struct item item;                                /* of the job */
    struct item killer;                              /* it has cost a worker */
    uint32_t job_trust;
    char name[128];
};

static void free_trust(struct trust_job *trust)
{
    list_remove(&trust->link);
    free(trust);
}

int inspector_new(const struct inspector_settings *settings, struct inspector **ret_inspector)
{
    struct inspector *in = calloc(1, sizeof *in);
    if (!in)
        return -ENOMEM;
    in->settings = *settings;
    list_init(&in->trust_jobs);
    *ret_inspector = in;
    return 0;
}

void inspector_free(struct inspector *in)
{
    if (!in)
        return;
    while (!list_is_empty(&in->trust_jobs))
        free_trust(list_entry(in->trust_jobs.next, struct trust_job, link));
    catalog_snapshot_unref(in->looked_at);
    free(in->known);
    free(in);
}

static struct event make_event(const struct inspector *in, enum event_id id)
{
    return event_make(id, loop_now(in->settings.loop), 0);
}

static void end_inspection(struct inspector *in)
{
    if (in->is_gone)
        return;
    in->is_gone = true;
    catalog_snapshot_unref(in->looked_at);
    in->looked_at = NULL;
    struct event event = make_event(in, EVENT_INSPECTION_ENDED);
    event_add_text(&event, "reason", "the process that reads them is gone");
    event_emit(&in->settings.events, &event);
}

/* What is known. */

static bool is_same(const struct item *a, const struct item *b)
{
    return file_facts_same(&a->file, &b->file) && a->part.offset == b->part.offset &&
           a->part.length == b->part.length;
}

static struct known *find_known(const struct inspector *in, const struct item *item)
{
    for (size_t i = 0; i < in->known_count; i++)
        if (is_same(&in->known[i].item, item))
            return &in->known[i];
    return NULL;
}

bool inspector_find(void *context, const struct file_facts *file, const struct file_part *part,
                    struct secure_facts *ret_facts)
{
    const struct item item = { .file = *file, .part = *part };
    const struct known *known = find_known(context, &item);
    if (known)
        *ret_facts = known->facts;
    return known != NULL;
}

/* A place for a file that is new; NULL when memory ran out. */
static struct known *make_room(struct inspector *in)
{
    if (!in->known)
        in->known = calloc(KNOWN_MAX, sizeof *in->known);
    if (!in->known)
        return NULL;
    if (in->known_count < KNOWN_MAX)
        return &in->known[in->known_count++];
    struct known *oldest = &in->known[in->next_known];
    in->next_known = (in->next_known + 1) % KNOWN_MAX;
    return oldest;
}

static void count(struct tally *tally, const struct secure_facts *facts)
{
    tally->count++;
    if (!facts->is_efi)
        tally->other++;
    else if (facts->is_damaged || facts->is_revoked)
        tally->refused++;
    else if (facts->signers & (SECURE_MICROSOFT_ANY | SECURE_OWN))
        tally->trusted++;
    else if (facts->is_signed)
        tally->vendor++;
    else
        tally->unsigned_++;
}

static void remember(struct inspector *in, const struct secure_facts *facts)
{
    struct known *known = find_known(in, &in->item);
    bool is_new = !known || memcmp(&known->facts, facts, sizeof *facts) != 0;

    count(&in->tally, facts);
    if (!known)
        known = make_room(in);
    if (!known)
        return;
    *known = (struct known){ .item = in->item, .facts = *facts, .trust = in->job_trust };
    in->has_news = in->has_news || is_new;
    if (!is_new || !(facts->is_damaged || facts->is_revoked))
        return;
    struct event event = make_event(in, EVENT_SECURE_REFUSED);
    event_add_text(&event, "name", in->name);
    event_add_text(&event, "reason", facts->refusal);
    event_emit(&in->settings.events, &event);
}

/* Trust. */

static struct list_killer *find_killer(struct inspector *in, const char *path)
{
    for (unsigned i = 0; i < in->list_killer_count; i++)
        if (strcmp(in->list_killers[i].path, path) == 0)
            return &in->list_killers[i];
    return NULL;
}

static bool is_given_up(struct inspector *in, const char *path)
{
    const struct list_killer *killer = find_killer(in, path);
    return killer && killer->deaths > 1;
}

static void send_trust(struct inspector *in);

/* The worker ended on this list, and with it went those that it knew. All are sent again, twice at
 * most with this one. False when there are more such lists than can be remembered. */
static bool renew_trust(struct inspector *in, const char *path)
{
    struct list_killer *killer = find_killer(in, path);

    if (!killer && in->list_killer_count == LIST_KILLERS_MAX)
        return false;
    if (!killer) {
        killer = &in->list_killers[in->list_killer_count++];
        *killer = (struct list_killer){ 0 };
        span_to_text(span_text(path), killer->path, sizeof killer->path);
    }
    killer->deaths++;
    in->is_unsure = in->is_under_way;
    send_trust(in);
    return true;
}

static void tell_list_refused(struct inspector *in, const char *path, const char *why)
{
    char data[640];
    struct text text = text_over(data, sizeof data);
    struct event event = make_event(in, EVENT_SECURE_LIST_REFUSED);

    text_addf(&text, "%s: %s", path, why);
    event_add_text(&event, "reason", data);
    event_emit(&in->settings.events, &event);
}

static void trust_done(struct worker_job *job, const struct worker_reply *reply)
{
    struct trust_job *trust = job->context;
    struct inspector *in = trust->inspector;

    if (reply->result == WORKER_REFUSED || reply->result == WORKER_FAILED)
        tell_list_refused(in, trust->path, reply->phrase);
    if (reply->result == WORKER_DIED &&
        (!renew_trust(in, trust->path) || is_given_up(in, trust->path)))
        tell_list_refused(in, trust->path, "its reader has ended on it");
    free_trust(trust);
}

static int submit_trust(struct inspector *in, enum worker_task task, int fd, const char *path)
{
    struct trust_job *trust = calloc(1, sizeof *trust);
    int own = trust && fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (!trust || (fd >= 0 && own < 0)) {
        free(trust);
        return -ENOMEM;
    }
    trust->job =
        (struct worker_job){ .task = task, .fd = own, .done = trust_done, .context = trust };
    trust->inspector = in;
    list_append(&in->trust_jobs, &trust->link);
    span_to_text(span_text(path), trust->path, sizeof trust->path);
    image_worker_submit(in->settings.worker, &trust->job);
    return 0;
}

static int send_file(void *context, enum trust_side side, int fd, const char *path,
                     struct text *why)
{
    (void)why;
    if (is_given_up(context, path))
        return 0;
    return submit_trust(context, side == TRUST_DB ? WORKER_TRUST_DB : WORKER_TRUST_DBX, fd, path);
}

static void tell_unreadable(void *context, const char *sentence)
{
    struct inspector *in = context;
    struct event event = make_event(in, EVENT_SECURE_LIST_REFUSED);
    event_add_text(&event, "reason", sentence);
    event_emit(&in->settings.events, &event);
}

static void send_trust(struct inspector *in)
{
    const struct trust_files_visit visit = { .file = send_file,
                                             .told = tell_unreadable,
                                             .context = in };
    /* Without memory the lists are missing until the next reload; the store and the catalog tell of
     * want of memory. */
    if (submit_trust(in, WORKER_TRUST_RESET, -1, "") == 0)
        (void)!trust_files_each(in->config, &visit);
}

/* A file that waits is judged before the lists are there again. */
static void renewed(void *context)
{
    struct inspector *in = context;
    in->is_unsure = in->is_under_way;
    send_trust(in);
}

void inspector_set_trust(struct inspector *in, const struct config *config)
{
    in->config = config;
    in->trust++;
    in->list_killer_count = 0;
    image_worker_on_renewal(in->settings.worker, renewed, in);
    send_trust(in);
}

/* Files. */

static void name_item(struct inspector *in, const struct root *root, const char *path)
{
    struct text text = text_over(in->name, sizeof in->name);
    text_addf(&text, "%s/%s", root->path, path);
}

static int open_file(struct inspector *in, uint16_t root, const char *file)
{
    struct safe_path path;
    int fd;

    name_item(in, &in->looked_at->catalog.roots[root], file);
    if (safe_path_parse(span_text(file), &path) != PATH_SOUND ||
        file_open_beneath(in->looked_at->root_fds[root], &path, false, &fd, &in->item.file) !=
            FILE_OPENED)
        return -1;
    in->item.part = (struct file_part){ 0 };
    in->job = (struct worker_job){ .task = WORKER_INSPECT, .fd = fd };
    return fd;
}

/* The kernel or program that lies in the image's container. */
static int open_inside(struct inspector *in, const struct image *image)
{
    const struct image_index_entry *entry = catalog_image_entry(image);

    if (!entry || entry->extent_count > WORKER_EXTENTS_MAX)
        return -1;
    const struct image_index *index = image->container->index;
    const struct held_container *held = in->looked_at->containers[image->container->number];
    struct text text = text_over(in->name, sizeof in->name);
    text_addf(&text, "%s of image %s", image->kernel, image->name);
    in->item = (struct item){ .file = held->facts, .part = catalog_entry_part(index, entry) };
    memcpy(in->extents, index->extents + entry->extents, entry->extent_count * sizeof *in->extents);
    in->job = (struct worker_job){ .task = WORKER_INSPECT,
                                   .fd = fcntl(held->fd, F_DUPFD_CLOEXEC, 0),
                                   .extents = in->extents,
                                   .extent_count = entry->extent_count };
    return in->job.fd;
}

/* Open file number `item` of the catalog and make the job for it; -1 when it is not there any
 * more. */
static int open_item(struct inspector *in, size_t item)
{
    const struct catalog *c = &in->looked_at->catalog;
    char file[SAFE_PATH_MAX];

    if (item < c->loader_count)
        return open_file(in, c->loaders[item].root, c->loaders[item].path);
    const struct image *image = &c->images[item - c->loader_count];
    int fd = -1;
    /* A file of the folder hides the container's. */
    if ((image->folder[0] || !image->container) && catalog_image_file(image, file, sizeof file))
        fd = open_file(in, image->root, file);
    if (fd < 0 && image->container)
        fd = open_inside(in, image);
    if (fd < 0 && image->container && !image->folder[0] &&
        catalog_image_file(image, file, sizeof file))
        fd = open_file(in, image->root, file);
    return fd;
}

static bool is_known(const struct inspector *in)
{
    const struct known *known = find_known(in, &in->item);
    return known && known->trust == in->trust;
}

static void tell_tally(struct inspector *in)
{
    char data[200];
    struct text text = text_over(data, sizeof data);
    struct event event = make_event(in, EVENT_INSPECTED);
    text_addf(&text,
              "%u start by firmware's own keys, %u through a shim, %u are not signed, %u are "
              "refused, %u are no EFI programs",
              (unsigned)in->tally.trusted, (unsigned)in->tally.vendor,
              (unsigned)in->tally.unsigned_, (unsigned)in->tally.refused,
              (unsigned)in->tally.other);
    event_add_number(&event, "count", in->tally.count);
    event_add_text(&event, "details", data);
    event_emit(&in->settings.events, &event);
    in->tally = (struct tally){ 0 };
}

static void inspect_next(struct inspector *in);

static void inspected(struct worker_job *job, const struct worker_reply *reply)
{
    struct inspector *in = job->context;
    bool is_unsure = in->is_unsure;
    in->is_under_way = in->is_unsure = false;
    switch (reply->result) {
    case WORKER_DONE:
        if (is_unsure)
            in->cursor = 0; /* it comes again, behind the lists; those that are known do not */
        else
            remember(in, &reply->facts);
        break;
    case WORKER_DIED: {
        send_trust(in);
        if (!is_same(&in->killer, &in->item)) {
            in->killer = in->item;
            in->cursor = 0; /* it comes again, those that are known do not */
            break;
        }
        const struct secure_facts facts = { .inspected = true,
                                            .is_efi = true,
                                            .is_damaged = true,
                                            .refusal = "it is so broken that it cannot be read" };
        remember(in, &facts);
        break;
    }
    case WORKER_REFUSED:
    case WORKER_FAILED:
        break; /* tried again when the catalog changes */
    case WORKER_GONE:
        end_inspection(in);
        return;
    }
    inspect_next(in);
}

static void inspect_next(struct inspector *in)
{
    while (in->looked_at) {
        const struct catalog *c = &in->looked_at->catalog;
        if (in->cursor == c->loader_count + c->image_count)
            break;
        int fd = open_item(in, in->cursor++);
        if (fd < 0)
            continue;
        if (is_known(in)) {
            close(fd);
            continue;
        }
        in->is_under_way = true;
        in->job_trust = in->trust;
        in->job.done = inspected;
        in->job.context = in;
        image_worker_submit(in->settings.worker, &in->job);
        return;
    }
    bool has_news = in->has_news;
    catalog_snapshot_unref(in->looked_at);
    in->looked_at = NULL;
    in->has_news = false;
    if (in->tally.count > 0)
        tell_tally(in);
    if (has_news)
        in->settings.news(in->settings.context);
}

void inspector_look(struct inspector *in, struct catalog_snapshot *snapshot)
{
    if (in->is_gone)
        return;
    catalog_snapshot_unref(in->looked_at);
    in->looked_at = catalog_snapshot_ref(snapshot);
    in->cursor = 0;
    if (!in->is_under_way)
        inspect_next(in);
}

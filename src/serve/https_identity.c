/* See https_identity.h. One look at a time: those asked for meanwhile become one more afterwards.
 * Whether anything is new is told by a digest of all texts, so that an hourly look without news
 * changes nothing and ends no session. */
#include "serve/https_identity.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "crypto/digest.h"
#include "net/file.h"
#include "net/host_names.h"
#include "net/memory.h"
#include "net/watch_folder.h"
#include "serve/local_ca.h"

#define LOOK_AGAIN   duration_seconds(3600)
#define PEM_FILE_MAX ((size_t)1 << 20)

struct https_identity {
    struct https_identity_settings settings;
    struct config_https wanted;
    char state[CONFIG_PATH_MAX], user[33];
    struct timer again;
    struct watch_folder *folders;
    pthread_t thread;
    bool looking, look_again;
    bool has_digest;
    struct digest in_force; /* of the texts */

    /* The look under way: the thread's until `looked` runs. */
    struct config_https asked;
    struct now now;
    struct work looked;
    struct tls_context *found; /* NULL = nothing new, or `why` */
    struct digest found_digest;
    struct local_pairs pairs; /* what was made of them; its texts are gone */
    struct host_names names;
    char why[512];
};

/* In the thread. */

/* The text of a file of the owner's, for free(). */
static int read_pem(struct https_identity *id, const char *path, uint8_t **ret, size_t *ret_len)
{
    struct file_facts facts;
    struct text why = text_over(id->why, sizeof id->why);
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);

    if (verdict == FILE_FORBIDDEN)
        text_addf(&why,
                  "%s may not be read by the user '%s': let it (chgrp, chmod g+r), or have "
                  "the ACME client put a copy where it may",
                  path, id->user[0] ? id->user : "that runs tugboot");
    else if (verdict != FILE_OPENED)
        text_addf(&why, "%s: %s", path, file_verdict_text(verdict));
    if (verdict != FILE_OPENED)
        return file_verdict_errno(verdict, &facts);
    int r = file_read_whole(fd, PEM_FILE_MAX, ret, ret_len);
    close(fd);
    if (r < 0)
        text_addf(&why, "%s: %s", path, strerror(-r));
    return r;
}

static int gather_names(struct https_identity *id)
{
    int r = host_names_read(&id->names);
    for (uint8_t i = 0; i < id->asked.name_count && r == 0; i++)
        if (!host_names_add(&id->names, id->asked.names[i]))
            r = -E2BIG;
    return r;
}

/* All PEM texts of one look. */
struct texts {
    struct local_pairs pairs;
    uint8_t *client_ca;
    size_t client_ca_len;
};

static void texts_done(struct texts *texts)
{
    local_pairs_done(&texts->pairs);
    free(texts->client_ca);
}

static int read_own_ca(struct https_identity *id, struct texts *out)
{
    const char *names[HOST_NAMES_MAX];
    struct text why = text_over(id->why, sizeof id->why);
    int r = gather_names(id);
    if (r < 0) {
        text_addf(&why, "the names of this machine cannot be told: %s", strerror(-r));
        return r;
    }
    for (uint8_t i = 0; i < id->names.count; i++)
        names[i] = id->names.rows[i];
    const struct local_ca_wish wish = {
        .state = id->state, .names = names, .name_count = id->names.count, .now = id->now.calendar
    };
    return local_ca_ready(&wish, &out->pairs, &why);
}

static int read_texts(struct https_identity *id, struct texts *out)
{
    struct local_pair *given = &out->pairs.rows[0];
    int r;

    if (id->asked.certificate[0] == 0) {
        r = read_own_ca(id, out);
    } else {
        r = read_pem(id, id->asked.certificate, &given->chain, &given->chain_len);
        if (r == 0)
            r = read_pem(id, id->asked.key, &given->key, &given->key_len);
    }
    if (r == 0 && id->asked.client_ca[0] != 0)
        r = read_pem(id, id->asked.client_ca, &out->client_ca, &out->client_ca_len);
    return r;
}

static int digest_texts(const struct texts *t, bool old_clients, struct digest *ret)
{
    struct digest_stream *stream = NULL;
    const uint8_t mark = old_clients;
    int r = digest_stream_new(DIGEST_SHA256, &stream);
    if (r < 0)
        return r;
    for (size_t i = 0; i < LOCAL_CA_PAIRS; i++) {
        digest_stream_add(stream, span_of(t->pairs.rows[i].chain, t->pairs.rows[i].chain_len));
        digest_stream_add(stream, span_of(t->pairs.rows[i].key, t->pairs.rows[i].key_len));
    }
    digest_stream_add(stream, span_of(t->client_ca, t->client_ca_len));
    digest_stream_add(stream, span_of(&mark, 1));
    r = digest_stream_finish(stream, ret);
    digest_stream_free(stream);
    return r;
}

static int make_context(struct https_identity *id, const struct texts *t)
{
    struct tls_settings settings = { .client_ca = span_of(t->client_ca, t->client_ca_len),
                                     .old_clients = id->asked.old_clients };
    char phrase[256];
    struct text why = text_over(phrase, sizeof phrase), all = text_over(id->why, sizeof id->why);

    for (size_t i = 0; i < LOCAL_CA_PAIRS && t->pairs.rows[i].chain; i++)
        settings.pairs[settings.pair_count++] =
            (struct tls_pair){ span_of(t->pairs.rows[i].chain, t->pairs.rows[i].chain_len),
                               span_of(t->pairs.rows[i].key, t->pairs.rows[i].key_len) };
    int r = tls_context_new(&settings, &id->found, &why);
    if (r < 0 && id->asked.certificate[0] != 0)
        text_addf(&all, "%s and %s: %s", id->asked.certificate, id->asked.key, phrase);
    else if (r < 0)
        text_addf(&all, "%s", phrase);
    return r;
}

static void look(struct https_identity *id)
{
    struct texts texts = { 0 };
    id->why[0] = 0;
    int r = read_texts(id, &texts);
    if (r == 0)
        r = digest_texts(&texts, id->asked.old_clients, &id->found_digest);
    if (r == 0 && !(id->has_digest && digest_equals(&id->found_digest, &id->in_force)))
        r = make_context(id, &texts);
    if (r < 0 && id->why[0] == 0)
        span_to_text(span_text(strerror(-r)), id->why, sizeof id->why);
    id->pairs.made_ca = texts.pairs.made_ca;
    id->pairs.issued = texts.pairs.issued;
    id->pairs.ends = texts.pairs.ends;
    texts_done(&texts);
}

static void *run(void *argument)
{
    struct https_identity *id = argument;
    look(id);
    loop_post(id->settings.loop, &id->looked);
    return NULL;
}

/* On the loop's thread. */

static void tell(const struct https_identity *id, struct event *event)
{
    event_emit(&id->settings.events, event);
}

static void tell_refused(const struct https_identity *id)
{
    struct event event = event_make(EVENT_CERTIFICATE_REFUSED, loop_now(id->settings.loop), 0);
    event_add_text(&event, "reason", id->why);
    event_add_text(&event, "kept",
                   id->has_digest ? "the one before stays in force"
                                  : "HTTPS is not served until it is right");
    tell(id, &event);
}

static void add_date(struct event *event, struct calendar at)
{
    char date[16] = "";
    const time_t seconds = (time_t)(at.ms / 1000);
    struct tm parts;
    if (at.ms != 0 && gmtime_r(&seconds, &parts))
        (void)!strftime(date, sizeof date, "%Y-%m-%d", &parts);
    event_add_text(event, "until", date);
}

static void tell_ready(const struct https_identity *id)
{
    struct now now = loop_now(id->settings.loop);
    if (id->asked.certificate[0] != 0) {
        struct event event = event_make(EVENT_CERTIFICATE_TAKEN, now, 0);
        event_add_text(&event, "file", id->asked.certificate);
        tell(id, &event);
        return;
    }
    if (id->pairs.made_ca) {
        struct event event = event_make(EVENT_CA_MADE, now, 0);
        event_add_text(&event, "folder", id->state);
        tell(id, &event);
    }
    if (id->pairs.issued) {
        char names[256];
        struct text t = text_over(names, sizeof names);
        for (uint8_t i = 0; i < id->names.count && !t.failed; i++)
            text_addf(&t, "%s%s", i > 0 ? ", " : "", id->names.rows[i]);
        struct event event = event_make(EVENT_CERTIFICATE_ISSUED, now, 0);
        event_add_text(&event, "names", names);
        add_date(&event, id->pairs.ends);
        tell(id, &event);
    }
}

static void start_look(struct https_identity *id)
{
    id->look_again = id->looking;
    if (id->looking)
        return;
    id->asked = id->wanted;
    id->now = loop_now(id->settings.loop);
    id->found = NULL;
    id->looking = pthread_create(&id->thread, NULL, run, id) == 0;
    if (!id->looking) {
        span_to_text(span_text("no thread could be started"), id->why, sizeof id->why);
        tell_refused(id);
    }
}

static void arm(struct https_identity *id)
{
    struct instant due = instant_after(loop_now(id->settings.loop).steady, LOOK_AGAIN);
    /* Without memory for a timer the next change of files or addresses looks. */
    (void)!loop_arm(id->settings.loop, &id->again, due);
}

static void look_done(struct work *work)
{
    struct https_identity *id = work->context;
    pthread_join(id->thread, NULL);
    id->looking = false;
    if (id->why[0] != 0) {
        tell_refused(id);
    } else if (id->found) {
        id->in_force = id->found_digest;
        id->has_digest = true;
        tell_ready(id);
        id->settings.ready(id->settings.context, take_ptr(&id->found));
    }
    memory_give_back();
    if (id->look_again)
        start_look(id);
    arm(id);
}

static void look_by_time(struct timer *timer, struct now now)
{
    (void)now;
    start_look(timer->context);
}

static void files_changed(void *context)
{
    start_look(context);
}

static int watch_file(struct https_identity *id, const char *path)
{
    char folder[CONFIG_PATH_MAX];
    size_t slash = 0;
    for (size_t i = 0; path[i]; i++)
        if (path[i] == '/')
            slash = i;
    if (path[0] == 0)
        return 0;
    span_to_text(span_of(path, slash > 0 ? slash : 1), folder, sizeof folder);
    return watch_folder_add(id->folders, folder);
}

/* Files that cannot be watched are looked at once an hour. */
static void watch_files(struct https_identity *id)
{
    const struct config_https *w = &id->wanted;
    if (w->certificate[0] == 0 && w->client_ca[0] == 0)
        return;
    int r = watch_folder_new(id->settings.loop, files_changed, id, &id->folders);
    if (r == 0)
        r = watch_file(id, w->certificate);
    if (r == 0)
        r = watch_file(id, w->key);
    if (r == 0)
        r = watch_file(id, w->client_ca);
    (void)r;
}

int https_identity_new(const struct https_identity_settings *settings, const struct config *config,
                       struct https_identity **ret)
{
    struct https_identity *id = calloc(1, sizeof *id);
    if (!id)
        return -ENOMEM;
    id->settings = *settings;
    id->wanted = config->https;
    span_to_text(span_text(config->state), id->state, sizeof id->state);
    span_to_text(span_text(config->user), id->user, sizeof id->user);
    id->looked = (struct work){ .run = look_done, .context = id };
    timer_init(&id->again, look_by_time, id);
    watch_files(id);
    start_look(id);
    *ret = id;
    return 0;
}

void https_identity_refresh(struct https_identity *id, const struct config *config)
{
    if (config)
        id->wanted = config->https;
    start_look(id);
}

void https_identity_free(struct https_identity *id)
{
    if (!id)
        return;
    if (id->looking) {
        pthread_join(id->thread, NULL);
        id->looking = false;
        tls_context_unref(id->found);
    }
    loop_disarm(id->settings.loop, &id->again);
    watch_folder_free(id->folders);
    free(id);
}

/* A worker that dies forgets the lists of keys. What it said of a file meanwhile counts for
 * nothing, and a list that kills it is left out in the end, while the others are known again. The
 * worker is played here: each job is answered when the test says so, by a worker that has the lists
 * it was given since its last death. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/test_pe.h"
#include "net/file.h"
#include "serve/inspector.h"

#include <cmocka.h>

#define JOBS_MAX 200

/* What stands in a file. */
#define KILLS   'k' /* a list: the worker ends on it */
#define FORBIDS 'f' /* a dbx: what is looked at is revoked */
#define OWN     'o' /* a db: what is looked at has this site's signature */

static struct {
    struct worker_job *first, *last;
    void (*renewed)(void *context);
    void *renewed_context;
    bool forbids, has_own; /* of the lists it was given since it was born */
    unsigned deaths;
} worker;

struct scene {
    char top[64];
    struct config *config;
    struct loop *loop;
    struct inspector *inspector;
    struct catalog_snapshot *snapshot;
    unsigned lists_refused;
    unsigned news;
};

/* The seam: these stand in for serve/image_worker. */

void image_worker_submit(struct image_worker *unused, struct worker_job *job)
{
    (void)unused;
    job->next = NULL;
    if (worker.last)
        worker.last->next = job;
    else
        worker.first = job;
    worker.last = job;
}

void image_worker_on_renewal(struct image_worker *unused, void (*renewed)(void *context),
                             void *context)
{
    (void)unused;
    worker.renewed = renewed;
    worker.renewed_context = context;
}

static void die(void)
{
    worker.deaths++;
    worker.forbids = worker.has_own = false;
}

static struct worker_reply do_job(const struct worker_job *job)
{
    struct worker_reply reply = { .result = WORKER_DONE };
    char what = 0;

    if (job->fd >= 0 && pread(job->fd, &what, 1, 0) < 0)
        what = 0;
    if (job->task == WORKER_TRUST_RESET) {
        worker.forbids = worker.has_own = false;
    } else if (what == KILLS) {
        die();
        reply.result = WORKER_DIED;
    } else if (job->task == WORKER_TRUST_DB) {
        worker.has_own = worker.has_own || what == OWN;
    } else if (job->task == WORKER_TRUST_DBX) {
        worker.forbids = worker.forbids || what == FORBIDS;
    } else {
        reply.facts = (struct secure_facts){ .inspected = true,
                                             .is_efi = true,
                                             .is_signed = true,
                                             .signers = worker.has_own ? SECURE_OWN : 0,
                                             .is_revoked = worker.forbids };
    }
    return reply;
}

/* Answer all that waits. */
static void work(void)
{
    for (unsigned i = 0; worker.first; i++) {
        assert_true(i < JOBS_MAX);
        struct worker_job *job = worker.first;
        worker.first = job->next;
        if (!worker.first)
            worker.last = NULL;
        const struct worker_reply reply = do_job(job);
        if (job->fd >= 0)
            close(job->fd);
        job->fd = -1;
        job->done(job, &reply);
    }
}

static void put(const char *folder, const char *name, char what)
{
    int fd = file_open_root(folder);
    assert_int_equal(file_write_new(fd, name, span_of(&what, 1)), 0);
    close(fd);
}

static void put_program(const char *folder, const char *name)
{
    static const struct test_pe pe = { .directories = 16 };
    static struct test_file file;
    memset(&file, 0, sizeof file);
    (void)test_make_whole_pe(&file, &pe);
    int fd = file_open_root(folder);
    assert_int_equal(file_write_new(fd, name, span_of(file.data, file.len)), 0);
    close(fd);
}

static void hear(void *context, const struct event *event)
{
    struct scene *s = context;
    s->lists_refused += event->id == EVENT_SECURE_LIST_REFUSED;
}

static void on_news(void *context)
{
    ((struct scene *)context)->news++;
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    *state = s;
    memset(&worker, 0, sizeof worker);
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-trust-test-XXXXXX");
    if (!mkdtemp(s->top) || config_defaults(&s->config) < 0 || loop_new(&s->loop) < 0)
        return -1;
    struct config *c = s->config;
    snprintf(c->images, sizeof c->images, "%s/images", s->top);
    snprintf(c->state, sizeof c->state, "%s/state", s->top);
    snprintf(c->secure.db, sizeof c->secure.db, "%s/db", s->top);
    snprintf(c->secure.dbx, sizeof c->secure.dbx, "%s/dbx", s->top);
    c->loader_count = 0;
    if (file_make_folders(c->images) < 0 || file_make_folders(c->secure.db) < 0 ||
        file_make_folders(c->secure.dbx) < 0)
        return -1;
    put(c->secure.db, "own", OWN);
    put(c->secure.dbx, "forbids", FORBIDS);
    put_program(c->images, "one.efi");
    const struct inspector_settings settings = {
        .loop = s->loop, .events = { .emit = hear, .context = s }, .news = on_news, .context = s
    };
    return inspector_new(&settings, &s->inspector);
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    catalog_snapshot_unref(s->snapshot);
    inspector_free(s->inspector);
    loop_free(s->loop);
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->top + 5);
    close(tmp);
    config_free(s->config);
    free(s);
    return r;
}

static void load(struct scene *s)
{
    const struct catalog_sources sources = { .config = s->config,
                                             .find_facts = inspector_find,
                                             .context = s->inspector };
    const struct event_sink sink = { .emit = hear, .context = s };
    catalog_snapshot_unref(s->snapshot);
    s->snapshot = NULL;
    assert_int_equal(catalog_load(&sources, &sink, loop_now(s->loop), &s->snapshot), 0);
}

/* The lists are sent and known, and "one" waits for its answer. */
static void begin(struct scene *s)
{
    inspector_set_trust(s->inspector, s->config);
    work();
    load(s);
    inspector_look(s->inspector, s->snapshot);
    assert_non_null(worker.first);
}

static void expect_forbidden(struct scene *s)
{
    load(s);
    const struct image *image = catalog_find_image(&s->snapshot->catalog, span_text("one"));
    assert_non_null(image);
    assert_true(image->secure.inspected);
    assert_true(image->secure.is_revoked);
    assert_int_equal(image->secure.signers, SECURE_OWN);
}

static void lists_are_known(void **state)
{
    struct scene *s = *state;
    begin(s);
    work();
    expect_forbidden(s);
    assert_int_equal(worker.deaths, 0);
}

/* Something else killed it, a container, say, while the file waited. */
static void a_file_that_waited_is_asked_for_again(void **state)
{
    struct scene *s = *state;
    begin(s);
    die();
    worker.renewed(worker.renewed_context);
    work();
    expect_forbidden(s);
    assert_int_equal(s->news, 1);
}

/* The killer comes last of its kind, behind lists that were known. */
static void a_list_that_kills_costs_no_other(void **state)
{
    struct scene *s = *state;
    put(s->config->secure.dbx, "zz-kills", KILLS);
    begin(s);
    work();
    expect_forbidden(s);
    assert_int_equal(worker.deaths, 2);
    assert_int_equal(s->lists_refused, 1);
}

/* It kills while a file waits behind it. */
static void a_file_behind_such_a_list_is_asked_for_again(void **state)
{
    struct scene *s = *state;
    begin(s);
    work();
    put(s->config->secure.db, "zz-kills", KILLS);
    put_program(s->config->images, "two.efi");
    inspector_set_trust(s->inspector, s->config);
    load(s);
    inspector_look(s->inspector, s->snapshot);
    work();
    expect_forbidden(s);
    load(s);
    const struct image *two = catalog_find_image(&s->snapshot->catalog, span_text("two"));
    assert_true(two && two->secure.is_revoked && two->secure.signers == SECURE_OWN);
    assert_int_equal(worker.deaths, 2);
}

/* A worker that was ended from outside while it read a sound list. */
static void one_death_costs_no_list(void **state)
{
    struct scene *s = *state;
    inspector_set_trust(s->inspector, s->config);
    struct worker_job *reset = worker.first, *list = reset->next;
    const struct worker_reply done = { .result = WORKER_DONE }, died = { .result = WORKER_DIED };
    worker.first = list->next;
    reset->done(reset, &done);
    if (list->fd >= 0)
        close(list->fd);
    die();
    list->done(list, &died);
    work();
    load(s);
    inspector_look(s->inspector, s->snapshot);
    work();
    expect_forbidden(s);
    assert_int_equal(s->lists_refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_waited_is_asked_for_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_that_kills_costs_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_behind_such_a_list_is_asked_for_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_death_costs_no_list, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

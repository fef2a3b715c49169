/* The store's thread with real loops and a real database: what is reported is on disk, events never
 * stand in the way of leases, a failed store is told once and comes back by itself. */
#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/clock.h"
#include "serve/store_thread.h"

#include <cmocka.h>

static struct loop *loop; /* takes reports; a stopped loop stays stopped, so renewed for each run */
static struct loop *sink_loop, *spent[16];
static size_t spent_count;
static struct timer guard;
static char folder[64], told[256];
static size_t done_count, wanted;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void time_is_up(struct timer *timer, struct now now)
{
    (void)timer;
    (void)now;
    fail_msg("nothing happened for 20 s");
}

static int set_up(void **state)
{
    (void)state;
    done_count = wanted = 0;
    told[0] = 0;
    snprintf(folder, sizeof folder, "/tmp/tugboot-thread-XXXXXX");
    if (!mkdtemp(folder) || loop_new(&loop) != 0 || loop_new(&sink_loop) != 0)
        return -1;
    timer_init(&guard, time_is_up, NULL);
    return loop_arm(sink_loop, &guard, instant_after(clock_read().steady, duration_seconds(20)));
}

static void run_loop(void)
{
    assert_int_equal(loop_run(loop), 0);
    /* The poster may still be about to wake the loop: it is freed after the thread. */
    spent[spent_count++] = loop;
    assert_int_equal(loop_new(&loop), 0);
}

static int tear_down(void **state)
{
    (void)state;
    while (spent_count > 0)
        loop_free(spent[--spent_count]);
    loop_free(loop);
    loop_free(sink_loop);
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void note_event(void *context, const struct event *event)
{
    (void)context;
    snprintf(told + strlen(told), sizeof told - strlen(told), "%s ", event_name(event->id));
    if (event->id == EVENT_STORE_RECOVERED)
        loop_stop(sink_loop);
}

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store = NULL;
    if (store_open(folder, &store, why) != 0)
        fail_msg("%s", why);
    return store;
}

static struct store_thread *start(struct store_thread_settings settings)
{
    struct store_thread *thread = NULL;
    struct event_sink sink = { .emit = note_event };
    assert_int_equal(store_thread_new(open_store(), sink_loop, sink, &settings, &thread), 0);
    return thread;
}

static void count_done(struct store_batch *batch)
{
    if (batch->result != 0)
        fail_msg("batch: %d %s", batch->result, batch->why);
    if (++done_count == wanted)
        loop_stop(loop);
}

static void stop_when_done(struct store_batch *batch)
{
    (void)batch;
    loop_stop(loop);
}

static struct change lease_change(uint32_t address)
{
    return (struct change){ .kind = CHANGE_LEASE_PUT,
                            .lease = { .address = { address }, .mac = mac_from_u64(address) } };
}

static int count_lease(void *context, const struct lease *lease)
{
    (void)lease;
    ++*(size_t *)context;
    return 0;
}

static int count_event(void *context, const struct stored_event *event)
{
    (void)event;
    ++*(size_t *)context;
    return 0;
}

static void count_stored(size_t *ret_leases, size_t *ret_events)
{
    struct store *store = open_store();
    *ret_leases = *ret_events = 0;
    assert_int_equal(store_each_lease(store, count_lease, ret_leases), 0);
    assert_int_equal(store_each_event(store, 0, 0, 1000000, count_event, ret_events), 0);
    store_close(store);
}

static void many_batches_become_few_transactions(void **state)
{
    (void)state;
    enum { BATCHES = 500 };
    static struct store_batch batches[BATCHES];
    struct store_thread *thread = start((struct store_thread_settings){ 0 });
    wanted = BATCHES;
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct change change = lease_change(i + 1); /* dies with this turn: the thread copied it */
        batches[i] = (struct store_batch){
            .changes = &change, .count = 1, .loop = loop, .done = count_done
        };
        assert_int_equal(store_thread_submit(thread, &batches[i]), 0);
    }
    run_loop();
    struct store_thread_counts counts;
    store_thread_read_counts(thread, &counts);
    assert_int_equal(counts.batches, BATCHES);
    assert_true(counts.transactions < BATCHES);
    store_thread_free(thread);
    size_t leases, events;
    count_stored(&leases, &events);
    assert_int_equal(leases, BATCHES);
}

struct submitter {
    struct store_thread *thread;
    uint32_t base;
    struct store_batch batches[100];
};

static void *submit_many(void *context)
{
    struct submitter *s = context;
    for (uint32_t i = 0; i < 100; i++) {
        struct event event = event_make(EVENT_DHCP_ACK_SENT, clock_read(), s->base + i);
        struct change changes[] = { lease_change(s->base + i),
                                    { .kind = CHANGE_EVENT, .event = &event } };
        s->batches[i] = (struct store_batch){
            .changes = changes, .count = 2, .loop = loop, .done = count_done
        };
        if (store_thread_submit(s->thread, &s->batches[i]) != 0)
            return s;
        store_thread_submit_event(s->thread, &event);
    }
    return NULL;
}

static void several_threads_submit_at_once(void **state)
{
    (void)state;
    static struct submitter submitters[3];
    pthread_t threads[3];
    struct store_thread *thread = start((struct store_thread_settings){ 0 });
    wanted = 300;
    for (uint32_t i = 0; i < 3; i++) {
        submitters[i] = (struct submitter){ .thread = thread, .base = 1 + i * 1000 };
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &submitters[i]), 0);
    }
    run_loop();
    for (uint32_t i = 0; i < 3; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    store_thread_free(thread);
    size_t leases, events;
    count_stored(&leases, &events);
    assert_int_equal(leases, 300);
    assert_int_equal(events, 600);
}

static void the_oldest_events_are_dropped(void **state)
{
    (void)state;
    struct store_thread *thread =
        start((struct store_thread_settings){ .lazy_max = 4, .lazy_ms = 60000 });
    sqlite3 *other;
    char file[128];
    snprintf(file, sizeof file, "%s/tugboot.db", folder);
    assert_int_equal(sqlite3_open(file, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (uint64_t i = 1; i <= 600; i++) {
        struct event event = event_make(EVENT_DHCP_ACK_SENT, clock_read(), 1);
        event.sequence = i;
        store_thread_submit_event(thread, &event);
    }
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(other);
    store_thread_free(thread);
    struct store *store = open_store();
    uint64_t last;
    assert_int_equal(store_last_sequence(store, &last), 0);
    assert_int_equal(last, 600);
    size_t events = 0;
    assert_int_equal(store_each_event(store, 0, 0, 1000, count_event, &events), 0);
    assert_in_range(events, 4, 599);
    store_close(store);
}

static void one_bad_batch_harms_no_other(void **state)
{
    (void)state;
    struct store_thread *thread = start((struct store_thread_settings){ 0 });
    struct change good = lease_change(7), bad = { .kind = CHANGE_HOST_REMOVE };
    static struct store_batch batches[9];
    wanted = 8;
    for (size_t i = 0; i < 9; i++) {
        batches[i] = (struct store_batch){ .changes = i == 4 ? &bad : &good,
                                           .count = 1,
                                           .loop = loop,
                                           .done = i == 4 ? NULL : count_done };
        assert_int_equal(store_thread_submit(thread, &batches[i]), 0);
    }
    run_loop();
    store_thread_stop(thread);
    assert_int_equal(batches[4].result, -EINVAL);
    assert_string_equal(told, "");
    struct change nothing = { .kind = CHANGE_HOST_PUT };
    batches[0] = (struct store_batch){ .changes = &nothing, .count = 1 };
    assert_int_equal(store_thread_submit(thread, &batches[0]), -EINVAL);
    batches[0].changes = &good;
    assert_int_equal(store_thread_submit(thread, &batches[0]), -ESHUTDOWN);
    store_thread_free(thread);
}

/* Another program holds the database for longer than the time-out: the batch fails, the failure is
 * told, and when the file is free again, that is told too without anybody asking. */
static void a_failed_store_recovers_by_itself(void **state)
{
    (void)state;
    struct store_thread *thread = start((struct store_thread_settings){ .probe_ms = 20 });
    sqlite3 *other;
    char file[128];
    snprintf(file, sizeof file, "%s/tugboot.db", folder);
    assert_int_equal(sqlite3_open(file, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct host host = { .name = "n1" };
    struct change change = { .kind = CHANGE_HOST_PUT, .host = &host };
    struct store_batch batch = {
        .changes = &change, .count = 1, .loop = loop, .done = stop_when_done
    };
    assert_int_equal(store_thread_submit(thread, &batch), 0);
    run_loop();
    assert_int_equal(batch.result, -EBUSY);
    assert_string_not_equal(batch.why, "");
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(loop_run(sink_loop), 0); /* until STORE_RECOVERED */
    assert_string_equal(told, "STORE_FAILED STORE_RECOVERED ");
    batch.loop = loop;
    assert_int_equal(store_thread_submit(thread, &batch), 0);
    run_loop();
    assert_int_equal(batch.result, 0);
    store_thread_free(thread);
}

struct seen_rows {
    unsigned leases, hosts, clients, events;
};

static int see_lease(void *context, const struct lease *lease)
{
    ((struct seen_rows *)context)->leases += lease->address.value == 5;
    return 0;
}

static int see_host(void *context, const struct host *host)
{
    assert_string_equal(host->next_boot, "x");
    assert_string_equal(host->variables[0].value, "v");
    ((struct seen_rows *)context)->hosts++;
    return 0;
}

static int see_client(void *context, const struct client_seen *seen)
{
    ((struct seen_rows *)context)->clients += seen->client.kind == CLIENT_PXE;
    return 0;
}

static int see_event(void *context, const struct stored_event *event)
{
    ((struct seen_rows *)context)->events += event->machine == 9;
    return 0;
}

static int read_rows(struct store_query *query, struct store *store)
{
    int r = store_each_lease(store, see_lease, query->context);
    if (r == 0)
        r = store_each_host(store, see_host, query->context);
    if (r == 0)
        r = store_each_client(store, see_client, query->context);
    return r == 0 ? store_each_event(store, 9, 0, 10, see_event, query->context) : r;
}

static void rows_came(struct store_query *query)
{
    (void)query;
    loop_stop(loop);
}

static void questions_see_what_was_submitted_before(void **state)
{
    (void)state;
    struct store_thread *thread = start((struct store_thread_settings){ .lazy_ms = 60000 });
    struct client_seen client = { .client = { .mac = mac_from_u64(9), .kind = CLIENT_PXE } };
    struct host host = { .name = "n1", .boot = "debian", .next_boot = "x", .group = "g" };
    host.variables[host.variable_count++] = (struct host_variable){ "k", "v" };
    struct event event = event_make(EVENT_DHCP_DISCOVER, clock_read(), 9);
    struct change changes[] = { { .kind = CHANGE_CLIENT_SEEN, .seen = &client },
                                { .kind = CHANGE_HOST_PUT, .host = &host },
                                { .kind = CHANGE_EVENT, .event = &event },
                                lease_change(5) };
    struct store_batch batch = { .changes = changes, .count = 4 };
    assert_int_equal(store_thread_submit(thread, &batch), 0);
    struct seen_rows seen = { 0 };
    struct store_query query = {
        .run = read_rows, .loop = loop, .done = rows_came, .context = &seen
    };
    assert_int_equal(store_thread_ask(thread, &query), 0);
    run_loop();
    assert_int_equal(query.result, 0);
    assert_int_equal(seen.leases, 1);
    assert_int_equal(seen.hosts, 1);
    assert_int_equal(seen.clients, 1);
    assert_int_equal(seen.events, 1);
    store_thread_free(thread);
}

static void stopping_writes_what_waits(void **state)
{
    (void)state;
    struct store_thread *thread = start((struct store_thread_settings){ .lazy_ms = 60000 });
    struct change change = lease_change(1);
    static struct store_batch batches[100];
    for (size_t i = 0; i < 100; i++) {
        batches[i] = (struct store_batch){ .changes = &change, .count = 1 };
        assert_int_equal(store_thread_submit(thread, &batches[i]), 0);
    }
    for (int i = 0; i < 1000; i++) {
        struct event event = event_make(EVENT_DHCP_DISCOVER, clock_read(), 9);
        store_thread_submit_event(thread, &event);
    }
    store_thread_free(thread);
    size_t leases, events;
    count_stored(&leases, &events);
    assert_int_equal(leases, 1);
    assert_int_equal(events, 1000);
}

static void old_events_are_trimmed(void **state)
{
    (void)state;
    struct store_thread *thread =
        start((struct store_thread_settings){ .lazy_ms = 1, .events_keep = 32 });
    for (int i = 0; i < 1000; i++) {
        struct event event = event_make(EVENT_DHCP_DISCOVER, clock_read(), 9);
        store_thread_submit_event(thread, &event);
    }
    store_thread_free(thread);
    size_t leases, events;
    count_stored(&leases, &events);
    assert_in_range(events, 32, 34);
}

#define WITH_LOOP(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(many_batches_become_few_transactions),
        WITH_LOOP(several_threads_submit_at_once),
        WITH_LOOP(the_oldest_events_are_dropped),
        WITH_LOOP(one_bad_batch_harms_no_other),
        WITH_LOOP(a_failed_store_recovers_by_itself),
        WITH_LOOP(questions_see_what_was_submitted_before),
        WITH_LOOP(stopping_writes_what_waits),
        WITH_LOOP(old_events_are_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

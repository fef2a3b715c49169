/* The memory of chains through the store: what one run of the daemon learned, the next one knows.
 */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/clock.h"
#include "serve/recall.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/recall-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* One run of the daemon's parts that matter here. */
struct daemon {
    struct loop *loop;
    struct store *own;
    struct store_thread *thread;
    struct recall *recall;
};

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store = NULL;
    assert_int_equal(store_open(folder, &store, why), 0);
    return store;
}

static struct daemon start(void)
{
    struct daemon d = { 0 };
    assert_int_equal(loop_new(&d.loop), 0);
    d.own = open_store();
    assert_int_equal(recall_new(16, d.own, &d.recall), 0);
    assert_int_equal(
        store_thread_new(open_store(), d.loop, (struct event_sink){ 0 }, NULL, &d.thread), 0);
    recall_set_store(d.recall, d.thread);
    return d;
}

static void stop(struct daemon *d)
{
    recall_set_store(d->recall, NULL);
    store_thread_free(d->thread);
    recall_free(d->recall);
    store_close(d->own);
    loop_free(d->loop);
}

static struct client machine(uint8_t last)
{
    return (struct client){ .mac = { { 2, 0, 0, 0, 0, last } },
                            .kind = CLIENT_PXE,
                            .arch = ARCH_EFI_X64 };
}

static struct recollection ask(struct daemon *d, const struct client *client)
{
    const struct recall_source *source = recall_source(d->recall);
    struct recollection r;
    source->recall(source->context, client, true, clock_read(), &r);
    return r;
}

/* It is given the chain, fetches it, and goes as it goes. */
static void try_chain(struct daemon *d, uint8_t last, const char *chain, enum event_id then)
{
    struct client client = machine(last);
    struct now now = clock_read();

    (void)ask(d, &client);
    client.chain = chain;
    recall_give(d->recall, &client, now.steady);
    const enum event_id ids[] = { EVENT_TFTP_DONE, then };
    for (size_t i = 0; i < 2; i++) {
        struct event event = event_make(ids[i], now, mac_to_u64(client.mac));
        recall_note(d->recall, &event, now);
    }
}

static void what_was_learned_outlives_the_daemon(void **state)
{
    (void)state;
    struct client first = machine(1), second = machine(2), bare = machine(3);
    struct daemon d = start();
    try_chain(&d, 1, "ipxe", EVENT_BOOT_STALLED);
    try_chain(&d, 1, "grub", EVENT_GRUB_CONFIG_SENT);
    try_chain(&d, 2, "ipxe", EVENT_SCRIPT_SENT);
    recall_give(d.recall, &bare, clock_read().steady); /* told no chain: nothing to remember */
    stop(&d);

    d = start();
    struct recollection r = ask(&d, &first);
    assert_int_equal(r.count, 2);
    assert_int_equal(recollection_find(&r, "ipxe")->last, CHAIN_MARK_STALLED);
    assert_int_equal(recollection_find(&r, "grub")->last, CHAIN_MARK_STARTED);
    assert_int_equal(r.elsewhere_count, 2);
    assert_null(r.came_back); /* that was told in the run before */
    recall_look(d.recall, &second, &r);
    assert_int_equal(r.count, 1);
    assert_true(recall_forget(d.recall, first.mac));
    assert_false(recall_forget(d.recall, first.mac));
    stop(&d);

    d = start();
    assert_int_equal(ask(&d, &first).count, 0);
    assert_int_equal(ask(&d, &second).count, 1);
    assert_int_equal(ask(&d, &bare).count, 0);
    stop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_learned_outlives_the_daemon, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What waits comes out whole and in its order, and the oldest goes when there is no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/lazy_ring.h"

#include <cmocka.h>

#define ROOM 3

static struct change seen_change(struct client_seen *seen, uint8_t last)
{
    *seen = (struct client_seen){ .client.mac.bytes = { 2, 0, 0, 0, 0, last } };
    return (struct change){ .kind = CHANGE_CLIENT_SEEN, .seen = seen };
}

static void oldest_goes_first(void **state)
{
    struct lazy_ring ring;
    struct lazy taken[ROOM];
    struct change changes[ROOM];
    struct client_seen seen;
    (void)state;
    assert_int_equal(lazy_ring_init(&ring, ROOM), 0);
    for (uint8_t i = 1; i <= 5; i++) {
        struct change change = seen_change(&seen, i);
        assert_true(lazy_ring_takes(&change));
        assert_int_equal(lazy_ring_put(&ring, &change), i <= ROOM);
    }
    assert_int_equal(lazy_ring_take(&ring, 2, taken, changes), 2);
    assert_int_equal(changes[0].seen->client.mac.bytes[5], 3);
    assert_int_equal(changes[1].seen->client.mac.bytes[5], 4);
    assert_int_equal(lazy_ring_take(&ring, ROOM, taken, changes), 1);
    assert_int_equal(changes[0].seen->client.mac.bytes[5], 5);
    assert_int_equal(lazy_ring_take(&ring, ROOM, taken, changes), 0);
    lazy_ring_done(&ring);
}

/* Each kind, byte for byte, though the one who handed it over has used its memory again. */
static void kinds_come_out_whole(void **state)
{
    struct lazy_ring ring;
    struct lazy taken[ROOM];
    struct change changes[ROOM];
    struct chain_result chain, same_chain;
    struct event event = event_make(EVENT_SERVER_STARTED, (struct now){ 0 }, 7);
    (void)state;
    memset(&chain, 0x5a, sizeof chain);
    same_chain = chain;
    event_add_text(&event, "client", "node1");
    assert_int_equal(lazy_ring_init(&ring, ROOM), 0);
    struct change change = { .kind = CHANGE_CHAIN_RESULT, .chain = &chain };
    assert_true(lazy_ring_put(&ring, &change));
    change.kind = CHANGE_CHAIN_FORGET;
    assert_true(lazy_ring_put(&ring, &change));
    const struct change told = { .kind = CHANGE_EVENT, .event = &event };
    assert_true(lazy_ring_put(&ring, &told));
    memset(&chain, 0, sizeof chain);
    assert_int_equal(lazy_ring_take(&ring, ROOM, taken, changes), 3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(changes[i].kind, i == 0 ? CHANGE_CHAIN_RESULT : CHANGE_CHAIN_FORGET);
        assert_memory_equal(changes[i].chain, &same_chain, sizeof same_chain);
        assert_null(changes[i].seen);
    }
    assert_int_equal(changes[2].event->id, EVENT_SERVER_STARTED);
    assert_int_equal(changes[2].event->machine, 7);
    lazy_ring_done(&ring);
}

static void promises_do_not_wait_here(void **state)
{
    const struct lease lease = { 0 };
    struct client_seen nobody = { 0 };
    const struct change changes[] = {
        { .kind = CHANGE_LEASE_PUT, .lease = lease },
        { .kind = CHANGE_EVENT },
        { .kind = CHANGE_CLIENT_SEEN, .seen = &nobody },
        { .kind = CHANGE_CHAIN_RESULT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_false(lazy_ring_takes(&changes[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_goes_first),
        cmocka_unit_test(kinds_come_out_whole),
        cmocka_unit_test(promises_do_not_wait_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rates and numbers of transfers per address, and the bounded table of addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/client_limits.h"

#include <cmocka.h>

static const struct ipv4 alice = { 0x0a000001 }, bob = { 0x0a000002 };

static struct instant at_ms(int64_t ms)
{
    return (struct instant){ 1000000000 + ms * 1000000 };
}

static struct client_limits *make(uint32_t rows, uint32_t rate, uint32_t burst, uint32_t open_max)
{
    const struct client_limits_settings settings = { .rows = rows,
                                                     .requests_per_second = rate,
                                                     .burst = burst,
                                                     .open_max = open_max,
                                                     .hash_key = { 1, 2 } };
    struct client_limits *clients = NULL;
    assert_int_equal(client_limits_new(&settings, &clients), 0);
    return clients;
}

static void a_burst_then_a_rate(void **state)
{
    static const struct {
        int64_t ms;
        enum client_allowance want;
    } steps[] = {
        { 0, CLIENT_ALLOWED },     { 0, CLIENT_ALLOWED },
        { 0, CLIENT_ALLOWED },     { 0, CLIENT_OVER_LIMIT_FIRST },
        { 0, CLIENT_OVER_LIMIT },  { 99, CLIENT_OVER_LIMIT },
        { 101, CLIENT_ALLOWED },   { 101, CLIENT_OVER_LIMIT },
        { 5000, CLIENT_ALLOWED },  { 5000, CLIENT_ALLOWED },
        { 5000, CLIENT_ALLOWED },  { 5000, CLIENT_OVER_LIMIT },
        { 10000, CLIENT_ALLOWED }, { 10000, CLIENT_ALLOWED },
        { 10000, CLIENT_ALLOWED }, { 10000, CLIENT_OVER_LIMIT_FIRST },
    };
    struct client_limits *clients = make(4, 10, 3, 1);
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (client_limits_ask(clients, alice, at_ms(steps[i].ms)) != steps[i].want)
            fail_msg("step %zu", i);
    assert_int_equal(client_limits_ask(clients, bob, at_ms(0)), CLIENT_ALLOWED);
    client_limits_free(clients);
}

static void no_rate_is_no_limit(void **state)
{
    struct client_limits *clients = make(1, 0, 0, 1);
    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(client_limits_ask(clients, (struct ipv4){ i }, at_ms(0)), CLIENT_ALLOWED);
    client_limits_free(clients);
}

static void transfers_at_a_time_are_counted(void **state)
{
    struct client_limits *clients = make(4, 10, 3, 2);
    (void)state;
    assert_true(client_limits_begin(clients, alice));
    assert_true(client_limits_begin(clients, alice));
    assert_false(client_limits_begin(clients, alice));
    assert_true(client_limits_begin(clients, bob));
    client_limits_ended(clients, alice);
    assert_true(client_limits_begin(clients, alice));
    client_limits_ended(clients, (struct ipv4){ 77 }); /* never seen: harmless */
    client_limits_free(clients);
}

static void the_longest_quiet_makes_room_but_not_with_transfers(void **state)
{
    struct client_limits *clients = make(2, 10, 1, 1);
    (void)state;
    assert_true(client_limits_begin(clients, alice));
    assert_int_equal(client_limits_ask(clients, bob, at_ms(0)), CLIENT_ALLOWED);
    assert_int_equal(client_limits_ask(clients, bob, at_ms(0)), CLIENT_OVER_LIMIT_FIRST);
    /* a third address takes bob's row; alice's is held by her transfer */
    assert_int_equal(client_limits_ask(clients, (struct ipv4){ 3 }, at_ms(0)), CLIENT_ALLOWED);
    assert_false(client_limits_begin(clients, alice));
    assert_int_equal(client_limits_ask(clients, bob, at_ms(0)), CLIENT_ALLOWED); /* forgotten */
    assert_true(client_limits_begin(clients, bob));
    /* all rows hold transfers: strangers wait */
    assert_int_equal(client_limits_ask(clients, (struct ipv4){ 4 }, at_ms(0)), CLIENT_OVER_LIMIT);
    assert_false(client_limits_begin(clients, (struct ipv4){ 4 }));
    client_limits_ended(clients, alice);
    assert_true(client_limits_begin(clients, (struct ipv4){ 4 }));
    client_limits_free(clients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_a_rate),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(transfers_at_a_time_are_counted),
        cmocka_unit_test(the_longest_quiet_makes_room_but_not_with_transfers),
    };
    return cmocka_run_group_tests_name("tftp clients", tests, NULL, NULL);
}

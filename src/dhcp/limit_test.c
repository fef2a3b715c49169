/* Rate limits: bursts, refilling, a clock that stands still, and a table that is too small. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/limit.h"

static struct instant at(int64_t ms)
{
    return instant_after((struct instant){ 1000 }, duration_ms(ms));
}

static struct mac mac_of(uint32_t n)
{
    return (struct mac){ { 2, 0, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
}

static void test_burst_and_refill(void **state)
{
    void *memory = calloc(1, limit_memory(4));
    struct limit *l = limit_init(memory, 4, (struct hash_key){ 1, 2 });

    (void)state;
    for (int i = 0; i < LIMIT_BURST; i++)
        assert_int_equal(limit_take(l, mac_of(1), at(0)), LIMIT_ALLOWED);
    assert_int_equal(limit_take(l, mac_of(1), at(0)), LIMIT_JUST_PAUSED);
    assert_int_equal(limit_take(l, mac_of(1), at(LIMIT_REFILL_MS - 1)), LIMIT_PAUSED);
    assert_int_equal(limit_take(l, mac_of(1), at(LIMIT_REFILL_MS)), LIMIT_ALLOWED);
    /* The next pause is told again. */
    assert_int_equal(limit_take(l, mac_of(1), at(LIMIT_REFILL_MS)), LIMIT_JUST_PAUSED);
    /* However long it waits, no more than a burst is saved up. */
    for (int i = 0; i < LIMIT_BURST; i++)
        assert_int_equal(limit_take(l, mac_of(1), at(86400000)), LIMIT_ALLOWED);
    assert_int_equal(limit_take(l, mac_of(1), at(86400000)), LIMIT_JUST_PAUSED);
    assert_int_equal(limit_take(l, mac_of(2), at(0)), LIMIT_ALLOWED);
    free(memory);
}

static void test_slow_client_is_never_paused(void **state)
{
    void *memory = calloc(1, limit_memory(4));
    struct limit *l = limit_init(memory, 4, (struct hash_key){ 1, 2 });

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(limit_take(l, mac_of(1), at((int64_t)i * LIMIT_REFILL_MS)), LIMIT_ALLOWED);
    free(memory);
}

static void test_flood_of_addresses(void **state)
{
    void *memory = calloc(1, limit_memory(8));
    struct limit *l = limit_init(memory, 8, (struct hash_key){ 1, 2 });

    (void)state;
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(limit_take(l, mac_of(i), at(0)), LIMIT_ALLOWED);
    free(memory);
}

static void test_none(void **state)
{
    void *memory = calloc(1, limit_memory(0) + 64);
    struct limit *l = limit_init(memory, 0, (struct hash_key){ 1, 2 });

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(limit_take(l, mac_of(1), at(0)), LIMIT_ALLOWED);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_refill),
        cmocka_unit_test(test_slow_client_is_never_paused),
        cmocka_unit_test(test_flood_of_addresses),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Order, bounds and waits of what is sent to a webhook. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "serve/webhook_queue.h"

#include <cmocka.h>

static struct webhook_item items[WEBHOOK_QUEUE_MAX + 2];
static struct webhook_queue queue;

static struct instant at(int64_t ms)
{
    return (struct instant){ .ns = ms * 1000000 };
}

static int begin(void **state)
{
    (void)state;
    queue = (struct webhook_queue){ 0 };
    for (uint32_t i = 0; i < sizeof items / sizeof items[0]; i++)
        items[i] = (struct webhook_item){ .id = i + 1, .at = { (int64_t)i } };
    return 0;
}

static void add(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_null(webhook_queue_add(&queue, &items[i]));
}

static void in_order(void **state)
{
    (void)state;
    add(5);
    assert_int_equal(webhook_queue_begin(&queue, 3, at(0)), 3);
    assert_int_equal(webhook_queue_begin(&queue, 3, at(0)), 0);
    assert_int_equal(webhook_queue_deadline(&queue).ns, INSTANT_NEVER.ns);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(webhook_queue_delivered(&queue)->id, i);
    assert_null(webhook_queue_delivered(&queue));
    webhook_queue_end(&queue, false, 0, 0, at(1));
    assert_int_equal(webhook_queue_begin(&queue, 3, at(1)), 2);
    assert_int_equal(webhook_queue_delivered(&queue)->id, 4);
    /* The one that failed is tried again, alone. */
    webhook_queue_end(&queue, true, 0, 0, at(1));
    assert_null(webhook_queue_add(&queue, &items[5]));
    assert_int_equal(webhook_queue_begin(&queue, 3, at(5000)), 0);
    assert_int_equal(webhook_queue_begin(&queue, 3, at(5001)), 1);
    assert_int_equal(webhook_queue_at(&queue, 0)->id, 5);
    assert_int_equal(webhook_queue_delivered(&queue)->id, 5);
    webhook_queue_end(&queue, false, 0, 0, at(5002));
    assert_int_equal(webhook_queue_begin(&queue, 3, at(5002)), 1);
}

static const struct {
    uint32_t failures, retry_after_s, random;
    int64_t wait_ms;
} waits[] = {
    { 1, 0, 0, 5000 },       { 1, 0, 1023, 3752 },     { 2, 0, 0, 10000 },
    { 3, 0, 0, 20000 },      { 10, 0, 0, 2560000 },    { 11, 0, 0, 3600000 },
    { 300, 0, 0, 3600000 },  { 300, 0, 512, 3150000 }, { 1, 60, 0, 60000 },
    { 300, 60, 0, 3600000 },
};

static void waits_grow(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        begin(NULL);
        add(1);
        queue.failures = waits[i].failures - 1;
        assert_int_equal(webhook_queue_begin(&queue, 32, at(0)), 1);
        webhook_queue_end(&queue, true, waits[i].retry_after_s, waits[i].random, at(0));
        int64_t got = webhook_queue_deadline(&queue).ns / 1000000;
        if (got != waits[i].wait_ms)
            fail_msg("%u failures: %lld", waits[i].failures, (long long)got);
    }
}

static void the_oldest_goes_when_it_is_full(void **state)
{
    (void)state;
    add(WEBHOOK_QUEUE_MAX);
    assert_int_equal(webhook_queue_add(&queue, &items[WEBHOOK_QUEUE_MAX])->id, 1);
    assert_int_equal(webhook_queue_begin(&queue, 2, at(0)), 2);
    /* Those on their way stay. */
    assert_int_equal(webhook_queue_add(&queue, &items[WEBHOOK_QUEUE_MAX + 1])->id, 4);
    assert_int_equal(webhook_queue_delivered(&queue)->id, 2);
    assert_int_equal(webhook_queue_delivered(&queue)->id, 3);
    webhook_queue_end(&queue, false, 0, 0, at(0));
    assert_int_equal(webhook_queue_at(&queue, 0)->id, 5);
    assert_int_equal(queue.count, WEBHOOK_QUEUE_MAX - 2);
    assert_int_equal(webhook_queue_at(&queue, queue.count - 1)->id, WEBHOOK_QUEUE_MAX + 2);
    assert_null(webhook_queue_at(&queue, queue.count));
}

static void given_up_after_a_while(void **state)
{
    struct duration minute = duration_seconds(60);
    (void)state;
    add(2);
    /* Not before it was tried at all: the daemon may have been off. */
    assert_null(webhook_queue_expire(&queue, minute, (struct calendar){ 1000000 }));
    assert_int_equal(webhook_queue_begin(&queue, 32, at(0)), 2);
    webhook_queue_end(&queue, true, 0, 0, at(0));
    assert_null(webhook_queue_expire(&queue, minute, (struct calendar){ 59999 }));
    assert_int_equal(webhook_queue_expire(&queue, minute, (struct calendar){ 60000 })->id, 1);
    assert_null(webhook_queue_expire(&queue, minute, (struct calendar){ 60000 }));
    assert_int_equal(webhook_queue_drop(&queue)->id, 2);
    assert_null(webhook_queue_drop(&queue));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(in_order, begin),
        cmocka_unit_test_setup(waits_grow, begin),
        cmocka_unit_test_setup(the_oldest_goes_when_it_is_full, begin),
        cmocka_unit_test_setup(given_up_after_a_while, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

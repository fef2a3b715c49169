/* The hash index and the heap of deadlines against naive models, with long runs of random
 * operations from a fixed seed; every few steps the inner order is looked at too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/table.h"

#include <cmocka.h>

#define ROWS 64

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 11) % below;
}

struct row {
    uint8_t key[2];
    uint8_t len;
};

static struct span key_of(const void *rows, uint32_t row)
{
    const struct row *r = (const struct row *)rows + row;
    return span_of(r->key, r->len);
}

static void table_check(const struct table *t, const struct row *rows, const bool *in)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(table_find(t, key_of(rows, i)), in[i] ? i : TABLE_NONE);
        count += in[i];
    }
    assert_int_equal(t->count, count);
    assert_int_equal(table_find(t, BYTES(1, 2, 3)), TABLE_NONE);
}

static void table_agrees_with_a_list(void **state)
{
    /* Short tables make long probe runs, which is where deletion errs. */
    static const uint32_t limits[] = { 1, 2, 4, 7, 32, ROWS };
    (void)state;
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        uint32_t limit = limits[l], used = 0;
        uint64_t slots[2 * ROWS] = { 0 };
        struct row rows[ROWS];
        bool in[ROWS] = { false };
        struct table t;
        seed = 88172645463325252 + l;
        assert_true(table_memory(limit) <= sizeof slots);
        for (uint32_t i = 0; i < ROWS; i++)
            rows[i] = (struct row){ .key = { (uint8_t)i, 0 }, .len = i == 0 ? 0 : 1 + i % 2 };
        table_init(&t, slots, limit, rows, key_of, (struct hash_key){ seed, l });
        for (int step = 0; step < 4000; step++) {
            uint32_t row = draw(ROWS);
            if (in[row] || draw(3) == 0) {
                assert_int_equal(table_remove(&t, row), in[row]);
                used -= in[row];
                in[row] = false;
            } else {
                bool room = used < limit;
                assert_int_equal(table_insert(&t, row), room);
                used += room;
                in[row] = room;
            }
            if (step % 16 == 0)
                table_check(&t, rows, in);
        }
        table_check(&t, rows, in);
    }
}

static void heap_check(const struct heap *h, const int64_t *due)
{
    uint32_t count = 0;
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < h->limit; i++) {
        if (due[i] == INT64_MAX) {
            assert_int_equal(h->places[i], HEAP_NOWHERE);
            continue;
        }
        count++;
        least = due[i] < least ? due[i] : least;
        assert_true(h->places[i] < h->count);
        assert_int_equal(h->items[h->places[i]].row, i);
        assert_int_equal(h->items[h->places[i]].due.ns, due[i]);
    }
    assert_int_equal(h->count, count);
    assert_int_equal(heap_next(h).ns, least);
    for (uint32_t i = 1; i < h->count; i++)
        assert_true(h->items[(i - 1) / 2].due.ns <= h->items[i].due.ns);
}

static void heap_agrees_with_a_list(void **state)
{
    (void)state;
    for (uint32_t limit = 1; limit <= ROWS; limit = limit * 2 + 1) {
        struct heap_item items[ROWS];
        uint32_t places[ROWS], row;
        int64_t due[ROWS];
        struct heap h;
        seed = 2463534242 + limit;
        heap_init(&h, items, places, limit);
        for (uint32_t i = 0; i < limit; i++)
            due[i] = INT64_MAX;
        heap_check(&h, due);
        for (int step = 0; step < 4000; step++) {
            uint32_t what = draw(8);
            row = draw(limit);
            if (what < 5) {
                due[row] = (int64_t)draw(50) - 5;
                heap_set(&h, row, (struct instant){ due[row] });
            } else if (what < 6) {
                due[row] = INT64_MAX;
                heap_set(&h, row, INSTANT_NEVER);
            } else {
                struct instant now = { (int64_t)draw(60) - 10 };
                bool is_due = instant_reached(now, heap_next(&h));
                struct instant next = heap_next(&h);
                assert_int_equal(heap_pop_due(&h, now, &row), is_due);
                if (is_due) {
                    assert_int_equal(due[row], next.ns);
                    due[row] = INT64_MAX;
                }
            }
            heap_check(&h, due);
        }
    }
}

static void heap_passes_over_foreign_rows(void **state)
{
    struct heap_item items[3];
    uint32_t places[3] = { 5, 5, 5 };
    struct heap h;
    (void)state;
    heap_init(&h, items, places, 2);
    heap_set(&h, 2, (struct instant){ 1 });
    heap_set(&h, UINT32_MAX, (struct instant){ 1 });
    assert_int_equal(h.count, 0);
    assert_int_equal(places[2], 5);
    assert_int_equal(heap_next(&h).ns, INT64_MAX);
    assert_false(heap_pop_due(&h, INSTANT_NEVER, places));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_agrees_with_a_list),
        cmocka_unit_test(heap_agrees_with_a_list),
        cmocka_unit_test(heap_passes_over_foreign_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

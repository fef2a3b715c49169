/* The small things everything stands on: the arena, the ring list, the two kinds of time. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/autoclean.h"
#include "base/clock.h"
#include "base/list.h"

#include <cmocka.h>

static void arena_hands_out_aligned_zeroes(void **state)
{
    alignas(max_align_t) uint8_t block[256];
    (void)state;
    for (size_t shift = 0; shift < 16; shift++) {
        memset(block, 0xee, sizeof block);
        struct arena a = arena_over(block + shift, sizeof block - 32);
        uint8_t *before = NULL;
        for (size_t size = 0; size < 6; size++) {
            uint8_t *got = arena_alloc(&a, size * 3);
            assert_non_null(got);
            assert_int_equal((uintptr_t)got % alignof(max_align_t), 0);
            assert_true(!before || got >= before);
            for (size_t i = 0; i < size * 3; i++)
                assert_int_equal(got[i], 0);
            before = got + size * 3;
        }
        while (arena_alloc(&a, 1))
            ;
        assert_true(a.used <= a.cap);
        for (size_t i = shift + sizeof block - 32; i < sizeof block; i++)
            assert_int_equal(block[i], 0xee);
    }
}

static void arena_refuses_what_does_not_fit(void **state)
{
    alignas(max_align_t) uint8_t block[64];
    struct arena a = arena_over(block, sizeof block);
    (void)state;
    assert_null(arena_alloc(&a, sizeof block + 1));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 14));
    assert_null(arena_alloc_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_alloc_array(&a, 9, 8));
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, sizeof block));
    assert_null(arena_alloc(&a, 1));
    arena_reset(&a);
    block[0] = 0xee;
    assert_int_equal(*arena_new(&a, uint32_t), 0);
    struct arena none = arena_over(NULL, 0);
    assert_null(arena_alloc(&none, 0));
}

static void arena_copies(void **state)
{
    alignas(max_align_t) uint8_t block[32];
    struct arena a = arena_over(block, sizeof block);
    (void)state;
    struct span copy = arena_copy(&a, span_text("0123456789"));
    assert_true(span_is(copy, "0123456789"));
    assert_ptr_equal(copy.data, block);
    assert_non_null(arena_copy(&a, (struct span){ 0 }).data);
    assert_null(arena_copy(&a, span_text("01234567890123456")).data);
}

struct member {
    int number;
    struct list link;
};

static int digits_of(const struct list *head)
{
    int n = 0;
    list_each (at, (struct list *)(uintptr_t)head)
        n = n * 10 + list_entry(at, struct member, link)->number;
    return n;
}

static void list_keeps_its_order(void **state)
{
    struct list head;
    struct member m[4];
    (void)state;
    list_init(&head);
    assert_true(list_is_empty(&head));
    for (int i = 0; i < 4; i++) {
        m[i].number = i + 1;
        list_append(&head, &m[i].link);
    }
    assert_int_equal(digits_of(&head), 1234);
    list_remove(&m[1].link);
    assert_int_equal(digits_of(&head), 134);
    list_remove(&m[1].link);
    assert_int_equal(digits_of(&head), 134);
    list_append(&head, &m[1].link);
    assert_int_equal(digits_of(&head), 1342);
    list_remove(&m[0].link);
    list_remove(&m[1].link);
    list_remove(&m[2].link);
    list_remove(&m[3].link);
    assert_true(list_is_empty(&head));
}

static void time_does_not_wrap(void **state)
{
    const struct instant early = { INT64_MIN }, zero = { 0 }, late = INSTANT_NEVER;
    (void)state;
    assert_int_equal(duration_ms(1500).ns, 1500000000);
    assert_int_equal(duration_seconds(-2).ns, -2000000000);
    assert_int_equal(duration_to_ms(duration_seconds(3)), 3000);
    assert_int_equal(duration_seconds(INT64_MAX).ns, INT64_MAX);
    assert_int_equal(duration_ms(INT64_MIN).ns, INT64_MIN);
    assert_int_equal(instant_after(late, duration_ms(1)).ns, INT64_MAX);
    assert_int_equal(instant_after(early, duration_ms(-1)).ns, INT64_MIN);
    assert_int_equal(instant_after(zero, duration_ms(1)).ns, 1000000);
    assert_int_equal(instant_since(late, early).ns, INT64_MAX);
    assert_int_equal(instant_since(early, late).ns, INT64_MIN);
    assert_int_equal(instant_since((struct instant){ 7 }, (struct instant){ 4 }).ns, 3);
    assert_true(instant_reached(zero, zero) && instant_reached(late, zero));
    assert_false(instant_reached(zero, (struct instant){ 1 }));
    assert_int_equal(instant_earlier(late, zero).ns, 0);
    assert_int_equal(calendar_after((struct calendar){ 5 }, duration_ms(7)).ms, 12);
}

static int released;

static void release(int *p)
{
    released += p ? *p : 100;
}

DEFINE_FREEP(int, release)

static void scope_releases_what_is_not_taken(void **state)
{
    int one = 1, two = 2, *taken;
    (void)state;
    released = 0;
    {
        autoclean(releasep) int *p = &one;
        (void)p;
    }
    assert_int_equal(released, 1);
    {
        autoclean(releasep) int *p = &two;
        taken = take_ptr(&p);
    }
    assert_ptr_equal(taken, &two);
    assert_int_equal(released, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_hands_out_aligned_zeroes),
        cmocka_unit_test(arena_refuses_what_does_not_fit),
        cmocka_unit_test(arena_copies),
        cmocka_unit_test(list_keeps_its_order),
        cmocka_unit_test(time_does_not_wrap),
        cmocka_unit_test(scope_releases_what_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

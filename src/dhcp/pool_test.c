/* The pool against a plain array of marks, and at its edges. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/pool.h"

#define NET UINT32_C(0x0a000000)

static struct pool *open_pool(const struct subnet *subnets, size_t count)
{
    void *memory = calloc(1, pool_memory());
    assert_non_null(memory);
    struct pool *pool = pool_init(memory);
    pool_configure(pool, subnets, count);
    return pool;
}

static struct subnet subnet_of(uint32_t base, uint8_t length, uint32_t first, uint32_t last)
{
    return (struct subnet){ .network = { { base }, length },
                            .pools = { { { first }, { last } } },
                            .pool_count = 1 };
}

static void test_edges(void **state)
{
    /* The whole of a /29: network, broadcast and router are nobody's. */
    struct subnet s = subnet_of(NET, 29, NET, NET + 7);
    struct ipv4 found;

    (void)state;
    s.router.value = NET + 6;
    struct pool *pool = open_pool(&s, 1);
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(pool_find_free(pool, s.network, i * 977, &found));
        assert_in_range(found.value, NET + 1, NET + 5);
        pool_mark(pool, found, true);
    }
    assert_false(pool_find_free(pool, s.network, 3, &found));
    pool_mark(pool, (struct ipv4){ NET + 3 }, false);
    assert_true(pool_find_free(pool, s.network, 4, &found));
    assert_int_equal(found.value, NET + 3);
    pool_mark(pool, (struct ipv4){ NET + 100 }, true); /* outside: nothing happens */
    assert_false(pool_contains(pool, (struct ipv4){ NET + 8 }));
    assert_true(pool_contains(pool, (struct ipv4){ NET + 7 }));
    free(pool);
    /* No pool at all, and one that is the wrong way round. */
    s.pool_count = 0;
    pool = open_pool(&s, 1);
    assert_false(pool_find_free(pool, s.network, 1, &found));
    free(pool);
    s = subnet_of(NET, 24, NET + 9, NET + 3);
    pool = open_pool(&s, 1);
    assert_false(pool_find_free(pool, s.network, 1, &found));
    free(pool);
    /* The top of the address space, and a /32. */
    s = subnet_of(UINT32_MAX, 32, UINT32_MAX, UINT32_MAX);
    pool = open_pool(&s, 1);
    assert_true(pool_find_free(pool, s.network, 5, &found));
    assert_int_equal(found.value, UINT32_MAX);
    free(pool);
}

static void test_overlapping_ranges_count_once(void **state)
{
    struct subnet s = subnet_of(NET, 24, NET + 10, NET + 20);
    struct ipv4 found;
    int count = 0;

    (void)state;
    s.pools[1] = (struct ipv4_range){ { NET + 15 }, { NET + 25 } };
    s.pools[2] = (struct ipv4_range){ { NET + 12 }, { NET + 13 } };
    s.pools[3] = (struct ipv4_range){ { NET + 40 }, { NET + 40 } };
    s.pool_count = 4;
    struct pool *pool = open_pool(&s, 1);
    while (pool_find_free(pool, s.network, 7, &found)) {
        pool_mark(pool, found, true);
        count++;
    }
    assert_int_equal(count, 17);
    free(pool);
}

static void test_more_than_the_limit(void **state)
{
    struct subnet s = subnet_of(NET, 8, NET + 1, NET + 0x00fffffe);
    struct ipv4 found;

    (void)state;
    struct pool *pool = open_pool(&s, 1);
    assert_true(pool_contains(pool, (struct ipv4){ NET + POOL_ADDRESSES_MAX }));
    assert_false(pool_contains(pool, (struct ipv4){ NET + POOL_ADDRESSES_MAX + 1 }));
    for (uint32_t i = 1; i <= POOL_ADDRESSES_MAX; i++)
        pool_mark(pool, (struct ipv4){ NET + i }, true);
    assert_false(pool_find_free(pool, s.network, 12345, &found));
    pool_mark(pool, (struct ipv4){ NET + 777777 }, false);
    assert_true(pool_find_free(pool, s.network, 12345, &found));
    assert_int_equal(found.value, NET + 777777);
    free(pool);
}

/* Three networks with gaps, random marks, compared with arrays of bools. */
static void test_against_a_plain_model(void **state)
{
    struct subnet s[3] = { subnet_of(NET, 24, NET + 10, NET + 200),
                           subnet_of(NET + 256, 24, NET + 256 + 1, NET + 256 + 130),
                           subnet_of(NET + 512, 25, NET + 512 + 3, NET + 512 + 70) };
    static bool taken[1024];
    uint64_t seed = 88172645463325252u;

    (void)state;
    s[0].pools[1] = (struct ipv4_range){ { NET + 220 }, { NET + 230 } };
    s[0].pool_count = 2;
    struct pool *pool = open_pool(s, 3);
    for (int step = 0; step < 20000; step++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        const struct subnet *net = &s[seed % 3];
        struct ipv4 found = { 0 };
        bool any = false;
        for (uint32_t i = 0; i < 1024 && !any; i++)
            any = pool_contains(pool, (struct ipv4){ NET + i }) && !taken[i] &&
                  ipv4_prefix_contains(net->network, (struct ipv4){ NET + i });
        assert_int_equal(pool_find_free(pool, net->network, seed >> 20, &found), any);
        if (any) {
            assert_false(taken[found.value - NET]);
            assert_true(ipv4_prefix_is_host(net->network, found));
        }
        if (any && seed & 4096) {
            taken[found.value - NET] = true;
            pool_mark(pool, found, true);
        } else {
            uint32_t give = (uint32_t)(seed >> 32) % 1024;
            if (pool_contains(pool, (struct ipv4){ NET + give })) {
                taken[give] = seed & 1;
                pool_mark(pool, (struct ipv4){ NET + give }, taken[give]);
            }
        }
    }
    free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_overlapping_ranges_count_once),
        cmocka_unit_test(test_more_than_the_limit),
        cmocka_unit_test(test_against_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

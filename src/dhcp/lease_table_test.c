/* The lease table against a model of plain arrays, through many thousand random steps; and the
 * table of states, cell by cell. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/lease_table.h"

#define BASE    UINT32_C(0xc0000200)
#define LIMIT   24
#define SPAN    32 /* addresses BASE + 0 .. */
#define CLIENTS 20

/* What a plain mind thinks of each address. */
struct model {
    bool there;
    enum lease_state state;
    uint8_t client;
    int64_t due;
};

struct fixture {
    void *memory, *pool_memory;
    struct lease_table *table;
    struct pool *pool;
    struct subnet subnet;
    struct model model[SPAN];
    int64_t now;
    uint64_t seed;
};

static struct mac mac_of(uint8_t client)
{
    return (struct mac){ { 2, 0, 0, 0, 0, client } };
}

static uint32_t dice(struct fixture *f, uint32_t sides)
{
    f->seed ^= f->seed << 13, f->seed ^= f->seed >> 7, f->seed ^= f->seed << 17;
    return (uint32_t)(f->seed >> 33) % sides;
}

static void open_table(struct fixture *f, uint32_t limit)
{
    memset(f, 0, sizeof *f);
    f->seed = 0x9e3779b97f4a7c15u;
    f->subnet = (struct subnet){ .network = { { BASE }, 24 },
                                 .pools = { { { BASE + 1 }, { BASE + SPAN - 1 } } },
                                 .pool_count = 1 };
    f->pool_memory = calloc(1, pool_memory());
    f->memory = calloc(1, lease_table_memory(limit));
    assert_true(f->memory && f->pool_memory);
    f->pool = pool_init(f->pool_memory);
    pool_configure(f->pool, &f->subnet, 1);
    f->table = lease_table_init(f->memory, limit, (struct hash_key){ 5, 6 }, f->pool);
}

static void close_table(struct fixture *f)
{
    free(f->memory);
    free(f->pool_memory);
}

/* Table and model say the same of every address. */
static void compare(struct fixture *f)
{
    int64_t next = INT64_MAX;

    assert_true(lease_table_is_sound(f->table));
    for (uint32_t i = 1; i < SPAN; i++) {
        struct model *m = &f->model[i];
        const struct lease_row *row = lease_table_find_address(f->table, (struct ipv4){ BASE + i });
        if (m->there && m->state == STATE_REMEMBERED && !row)
            m->there = false; /* made room for another: allowed */
        assert_int_equal(row != NULL, m->there);
        if (!row)
            continue;
        assert_int_equal(row->state, m->state);
        assert_true(mac_equals(row->key.mac, mac_of(m->client)));
        if (m->state != STATE_REMEMBERED && m->due < next)
            next = m->due;
    }
    assert_true(lease_table_next_deadline(f->table).ns == next);
}

static void random_step(struct fixture *f)
{
    uint32_t at = 1 + dice(f, SPAN - 1);
    uint8_t client = (uint8_t)(1 + dice(f, CLIENTS));
    struct model *m = &f->model[at];
    struct ipv4 address = { BASE + at };
    bool takable = !m->there || (m->client == client ? m->state != STATE_DECLINED
                                                     : m->state == STATE_REMEMBERED);

    assert_int_equal(lease_table_is_takable(f->table, address, mac_of(client)), takable);
    struct lease_row *row =
        lease_table_take(f->table, address, mac_of(client), (struct ipv4){ BASE });
    if (!takable) {
        assert_null(row);
        return;
    }
    if (!row)
        return; /* full */
    if (!m->there)
        *m = (struct model){ .there = true, .state = STATE_FREE };
    m->client = client;
    assert_ptr_equal(lease_table_find_client(f->table, mac_of(client), (struct ipv4){ BASE }), row);
    enum lease_step step = (enum lease_step)dice(f, STEP_COUNT);
    enum lease_state next = m->state;
    bool allowed = lease_state_step(m->state, step, &next);
    int64_t due = f->now + 1 + dice(f, 1000);
    assert_int_equal(lease_table_step(f->table, row, step, (struct instant){ due }), allowed);
    if (!allowed && m->state == STATE_FREE)
        lease_table_put(f->table, row, STATE_FREE, INSTANT_NEVER); /* as its callers do */
    if (allowed)
        m->due = due;
    m->state = next;
    m->there = next != STATE_FREE;
}

static void let_time_pass(struct fixture *f)
{
    struct lease_row *row;

    f->now += dice(f, 300);
    while ((row = lease_table_pop_due(f->table, (struct instant){ f->now })) != NULL) {
        struct model *m = &f->model[row->address.value - BASE];
        assert_true(m->there && m->due <= f->now);
        assert_true(lease_table_step(f->table, row, STEP_RUN_OUT, INSTANT_NEVER));
        assert_true(lease_state_step(m->state, STEP_RUN_OUT, &m->state));
        m->there = m->state != STATE_FREE;
    }
    for (uint32_t i = 1; i < SPAN; i++)
        assert_true(!f->model[i].there || f->model[i].state == STATE_REMEMBERED ||
                    f->model[i].due > f->now);
}

static void test_against_a_plain_model(void **state)
{
    struct fixture f;

    (void)state;
    open_table(&f, LIMIT);
    for (int i = 0; i < 20000; i++) {
        random_step(&f);
        if (dice(&f, 4) == 0)
            let_time_pass(&f);
        compare(&f);
    }
    close_table(&f);
}

static void test_full_table_gives_up_the_oldest_memory(void **state)
{
    struct fixture f;

    (void)state;
    open_table(&f, 4);
    for (uint8_t i = 1; i <= 4; i++) {
        struct lease_row *row =
            lease_table_take(f.table, (struct ipv4){ BASE + i }, mac_of(i), (struct ipv4){ BASE });
        assert_non_null(row);
        assert_true(lease_table_step(f.table, row, STEP_GRANT, (struct instant){ 100 }));
    }
    assert_null(
        lease_table_take(f.table, (struct ipv4){ BASE + 5 }, mac_of(5), (struct ipv4){ BASE }));
    struct lease_row *first = lease_table_find_address(f.table, (struct ipv4){ BASE + 2 });
    assert_true(lease_table_step(f.table, first, STEP_RELEASE, INSTANT_NEVER));
    first->in_flight = 1; /* its release is not on disk yet: it stays */
    assert_null(
        lease_table_take(f.table, (struct ipv4){ BASE + 5 }, mac_of(5), (struct ipv4){ BASE }));
    first->in_flight = 0;
    assert_non_null(
        lease_table_take(f.table, (struct ipv4){ BASE + 5 }, mac_of(5), (struct ipv4){ BASE }));
    assert_null(lease_table_find_address(f.table, (struct ipv4){ BASE + 2 }));
    close_table(&f);
}

static struct ipv4 always_other(const void *context, struct ipv4 address)
{
    (void)address;
    return *(const struct ipv4 *)context;
}

static void test_rebase(void **state)
{
    struct fixture f;
    struct ipv4 other = { 0x0a000000 };

    (void)state;
    open_table(&f, 4);
    for (uint8_t i = 1; i <= 2; i++) {
        struct lease_row *row = lease_table_take(f.table, (struct ipv4){ BASE + i }, mac_of(7),
                                                 (struct ipv4){ BASE + i });
        assert_true(lease_table_step(f.table, row, STEP_GRANT, (struct instant){ 100 }));
    }
    /* Two networks become one: the machine is found by one of its two rows. */
    lease_table_rebase(f.table, always_other, &other);
    assert_true(lease_table_is_sound(f.table));
    assert_non_null(lease_table_find_client(f.table, mac_of(7), other));
    assert_null(lease_table_find_client(f.table, mac_of(7), (struct ipv4){ BASE + 1 }));
    close_table(&f);
}

static void test_states(void **state)
{
    /* [state][step]: the next state, '-' = refused. Steps: probe offer grant release decline
     * run-out; states as letters F P O A R D. */
    static const char *const want[STATE_COUNT] = {
        [STATE_FREE] = "POA-D-",   [STATE_PROBING] = "-O-FDF",    [STATE_OFFERED] = "-OARDR",
        [STATE_ACTIVE] = "--ARDR", [STATE_REMEMBERED] = "POA-D-", [STATE_DECLINED] = "----DF",
    };
    static const char letters[] = "FPOARD";

    (void)state;
    for (int s = 0; s < STATE_COUNT; s++)
        for (int step = 0; step < STEP_COUNT; step++) {
            enum lease_state next = (enum lease_state)s;
            bool allowed = lease_state_step((enum lease_state)s, (enum lease_step)step, &next);
            char got = allowed ? letters[next] : '-';
            if (got != want[s][step])
                fail_msg("%s, step %d: %c", lease_state_name((enum lease_state)s), step, got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_plain_model),
        cmocka_unit_test(test_full_table_gives_up_the_oldest_memory),
        cmocka_unit_test(test_rebase),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

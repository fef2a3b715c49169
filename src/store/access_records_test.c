/* What the store keeps of who may do what, and of who did what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#include <cmocka.h>

struct listing {
    char text[512];
    unsigned count;
};

__attribute__((format(printf, 2, 3))) static int list(struct listing *l, const char *format, ...)
{
    size_t at = strlen(l->text);
    va_list args;
    va_start(args, format);
    vsnprintf(l->text + at, sizeof l->text - at, format, args);
    va_end(args);
    l->count++;
    return 0;
}

static int list_account(void *context, const struct account *a)
{
    return list(context, "%s/%s/%s@%u ", a->name, a->role, a->hash, (unsigned)a->created.ms);
}

static int list_token(void *context, const struct access_token *t)
{
    return list(context, "%u/%s/%s/%s/%02x@%u-%u,%u ", (unsigned)t->id, t->name, t->role, t->prefix,
                t->digest[31], (unsigned)t->created.ms, (unsigned)t->expires.ms,
                (unsigned)t->last_used.ms);
}

static int list_audit(void *context, const struct audit_entry *e)
{
    return list(context, "%u:%s(%s,%s) %s %s %u@%u ", (unsigned)e->sequence, e->who, e->door,
                e->from, e->method, e->path, e->status, (unsigned)e->at.ms);
}

static int count_audit(void *context, const struct audit_entry *e)
{
    struct listing *l = context;
    (void)e;
    l->count++;
    return 0;
}

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store;
    assert_int_equal(store_open(STORE_IN_MEMORY, &store, why), 0);
    return store;
}

static int commit(struct store *store, struct change change)
{
    char why[STORE_WHY_MAX];
    return store_commit(store, &change, 1, why);
}

static void accounts_are_kept_by_name(void **state)
{
    struct store *store = open_store();
    struct account ann = { "ann", "admin", "h1", { 5 } }, bob = { "bob", "viewer", "h2", { 6 } };
    struct account odd = { "odd", "king", "h", { 7 } }, nobody = { .role = "admin" };
    struct listing l = { "", 0 };
    (void)state;
    assert_int_equal(commit(store, (struct change){ CHANGE_ACCOUNT_PUT, .account = &bob }), 0);
    assert_int_equal(commit(store, (struct change){ CHANGE_ACCOUNT_PUT, .account = &ann }), 0);
    memcpy(bob.role, "operator", 9);
    assert_int_equal(commit(store, (struct change){ CHANGE_ACCOUNT_PUT, .account = &bob }), 0);
    assert_true(commit(store, (struct change){ CHANGE_ACCOUNT_PUT, .account = &odd }) < 0);
    assert_true(commit(store, (struct change){ CHANGE_ACCOUNT_PUT, .account = &nobody }) < 0);
    assert_true(commit(store, (struct change){ CHANGE_ACCOUNT_PUT }) < 0);
    assert_int_equal(store_each_account(store, list_account, &l), 0);
    assert_string_equal(l.text, "ann/admin/h1@5 bob/operator/h2@6 ");
    assert_int_equal(commit(store, (struct change){ CHANGE_ACCOUNT_REMOVE, .account = &ann }), 0);
    l = (struct listing){ "", 0 };
    assert_int_equal(store_each_account(store, list_account, &l), 0);
    assert_string_equal(l.text, "bob/operator/h2@6 ");
    store_close(store);
}

static void tokens_are_kept_by_number(void **state)
{
    struct store *store = open_store();
    struct access_token one = { .id = 1,
                                .name = "ci",
                                .role = "operator",
                                .prefix = "/hosts",
                                .digest = { [31] = 0xab },
                                .created = { 5 },
                                .expires = { 9 } };
    struct access_token two = { .id = 2, .name = "top", .role = "viewer", .created = { 6 } };
    struct listing l = { "", 0 };
    (void)state;
    assert_int_equal(commit(store, (struct change){ CHANGE_TOKEN_PUT, .token = &two }), 0);
    assert_int_equal(commit(store, (struct change){ CHANGE_TOKEN_PUT, .token = &one }), 0);
    one.last_used.ms = 8;
    assert_int_equal(commit(store, (struct change){ CHANGE_TOKEN_PUT, .token = &one }), 0);
    assert_int_equal(store_each_token(store, list_token, &l), 0);
    assert_string_equal(l.text, "1/ci/operator//hosts/ab@5-9,8 2/top/viewer//00@6-0,0 ");
    assert_int_equal(commit(store, (struct change){ CHANGE_TOKEN_REMOVE, .token = &one }), 0);
    l = (struct listing){ "", 0 };
    assert_int_equal(store_each_token(store, list_token, &l), 0);
    assert_string_equal(l.text, "2/top/viewer//00@6-0,0 ");
    two.id = 0;
    assert_true(commit(store, (struct change){ CHANGE_TOKEN_PUT, .token = &two }) < 0);
    store_close(store);
}

static void deeds_come_latest_first_and_the_oldest_go(void **state)
{
    struct store *store = open_store();
    struct audit_entry e = { .at = { 5 },
                             .who = "ann",
                             .door = "session",
                             .from = "192.0.2.5",
                             .method = "PUT",
                             .path = "/hosts/a",
                             .status = 200 };
    struct change many[1000];
    struct listing l = { "", 0 };
    char why[STORE_WHY_MAX];
    (void)state;
    assert_int_equal(commit(store, (struct change){ CHANGE_AUDIT, .audit = &e }), 0);
    e.status = 403;
    assert_int_equal(commit(store, (struct change){ CHANGE_AUDIT, .audit = &e }), 0);
    assert_int_equal(store_each_audit(store, 0, 10, list_audit, &l), 0);
    assert_string_equal(l.text, "2:ann(session,192.0.2.5) PUT /hosts/a 403@5 "
                                "1:ann(session,192.0.2.5) PUT /hosts/a 200@5 ");
    l = (struct listing){ "", 0 };
    assert_int_equal(store_each_audit(store, 2, 10, list_audit, &l), 0);
    assert_int_equal(l.count, 1);
    for (size_t i = 0; i < 1000; i++)
        many[i] = (struct change){ CHANGE_AUDIT, .audit = &e };
    for (size_t i = 0; i < AUDIT_KEPT / 1000; i++)
        assert_int_equal(store_commit(store, many, 1000, why), 0);
    l = (struct listing){ "", 0 };
    assert_int_equal(store_each_audit(store, 0, UINT32_MAX, count_audit, &l), 0);
    assert_in_range(l.count, AUDIT_KEPT, AUDIT_KEPT + AUDIT_TRIM_EVERY);
    store_close(store);
}

static int count_deeds(void *context, const struct audit_entry *e)
{
    struct listing *l = context;
    l->count += strcmp(e->who, "ann") == 0;
    return 0;
}

static void nobodys_tries_do_not_push_deeds_out(void **state)
{
    static const struct {
        const char *name;
        struct audit_entry entry;
    } floods[] = {
        { "refused", { .at = { 5 }, .door = "none", .method = "POST", .status = 401 } },
        { "wrong",
          { .at = { 5 }, .who = "x", .door = "sign-in", .method = "POST", .status = 403 } },
    };
    struct audit_entry deed = { .at = { 5 }, .who = "ann", .door = "sign-in", .status = 201 };
    struct store *store = open_store();
    struct change many[1000];
    char why[STORE_WHY_MAX];
    struct listing l = { "", 0 };
    (void)state;
    assert_int_equal(commit(store, (struct change){ CHANGE_AUDIT, .audit = &deed }), 0);
    for (size_t f = 0; f < sizeof floods / sizeof floods[0]; f++) {
        for (size_t i = 0; i < 1000; i++)
            many[i] = (struct change){ CHANGE_AUDIT, .audit = &floods[f].entry };
        for (size_t i = 0; i < AUDIT_KEPT / 1000 + 1; i++)
            assert_int_equal(store_commit(store, many, 1000, why), 0);
        l = (struct listing){ "", 0 };
        assert_int_equal(store_each_audit(store, 0, UINT32_MAX, count_deeds, &l), 0);
        if (l.count != 1)
            fail_msg("%s: the deed is gone", floods[f].name);
        l = (struct listing){ "", 0 };
        assert_int_equal(store_each_audit(store, 0, UINT32_MAX, count_audit, &l), 0);
        assert_in_range(l.count, AUDIT_NOBODY_KEPT, AUDIT_NOBODY_KEPT + AUDIT_TRIM_EVERY + 1);
    }
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_kept_by_name),
        cmocka_unit_test(tokens_are_kept_by_number),
        cmocka_unit_test(deeds_come_latest_first_and_the_oldest_go),
        cmocka_unit_test(nobodys_tries_do_not_push_deeds_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

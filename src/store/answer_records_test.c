/* What the store keeps for answer files: secrets of hosts, and which machine is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#include <cmocka.h>

struct listing {
    char text[256];
};

static int list_secret(void *context, const struct host_secret *secret)
{
    struct listing *l = context;
    size_t at = strlen(l->text);
    snprintf(l->text + at, sizeof l->text - at, "%s/%s=%s ", secret->host, secret->secret.name,
             secret->secret.value.revealed);
    return 0;
}

static int list_installed(void *context, const struct installed *installed)
{
    struct listing *l = context;
    size_t at = strlen(l->text);
    snprintf(l->text + at, sizeof l->text - at, "%u=%s@%u ", installed->mac.bytes[5],
             installed->image, (unsigned)installed->at.ms);
    return 0;
}

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store;
    assert_int_equal(store_open(STORE_IN_MEMORY, &store, why), 0);
    return store;
}

static int put_secret(struct store *store, const char *host, const char *name, const char *value)
{
    char why[STORE_WHY_MAX];
    const struct host_secret secret = { host, { name, { value } } };
    const struct change change = { .kind = CHANGE_SECRET, .secret = &secret };
    return store_commit(store, &change, 1, why);
}

static void secrets_are_kept_by_host_and_name(void **state)
{
    struct store *store = open_store();
    struct listing l = { "" };
    char why[STORE_WHY_MAX];
    struct change gone = { .kind = CHANGE_HOST_REMOVE, .name = "a" };
    (void)state;

    assert_int_equal(put_secret(store, "b", "x", "1"), 0);
    assert_int_equal(put_secret(store, "a", "y", "2"), 0);
    assert_int_equal(put_secret(store, "a", "x", "3"), 0);
    assert_int_equal(put_secret(store, "a", "x", "'4\"; --"), 0);
    assert_int_equal(put_secret(store, "b", "none", ""), 0);
    assert_int_equal(store_each_secret(store, list_secret, &l), 0);
    assert_string_equal(l.text, "a/x='4\"; -- a/y=2 b/x=1 ");
    assert_int_equal(put_secret(store, "a", "x", ""), 0);
    l.text[0] = 0;
    assert_int_equal(store_each_secret(store, list_secret, &l), 0);
    assert_string_equal(l.text, "a/y=2 b/x=1 ");
    assert_int_equal(store_commit(store, &gone, 1, why), 0);
    l.text[0] = 0;
    assert_int_equal(store_each_secret(store, list_secret, &l), 0);
    assert_string_equal(l.text, "b/x=1 ");
    store_close(store);
}

static void impossible_secrets_are_refused(void **state)
{
    struct store *store = open_store();
    struct listing l = { "" };
    (void)state;

    assert_true(put_secret(store, "", "x", "1") < 0);
    assert_true(put_secret(store, "a", "", "1") < 0);
    assert_true(put_secret(store, "a", "a-name-of-thirty-three-characters", "1") < 0);
    assert_int_equal(store_each_secret(store, list_secret, &l), 0);
    assert_string_equal(l.text, "");
    store_close(store);
}

static int put_installed(struct store *store, uint8_t last, const char *image, int64_t ms)
{
    char why[STORE_WHY_MAX];
    const struct installed installed = { .mac = { { 2, 0, 0, 0, 0, last } },
                                         .image = image,
                                         .at = { ms } };
    const struct change change = { .kind = CHANGE_INSTALLED, .installed = &installed };
    return store_commit(store, &change, 1, why);
}

static void installations_are_kept_by_machine(void **state)
{
    struct store *store = open_store();
    struct listing l = { "" };
    char why[STORE_WHY_MAX];
    const struct installed nobody = { .image = "x" };
    const struct change change = { .kind = CHANGE_INSTALLED, .installed = &nobody };
    (void)state;

    assert_int_equal(put_installed(store, 2, "debian-12", 5), 0);
    assert_int_equal(put_installed(store, 1, "fedora", 6), 0);
    assert_int_equal(put_installed(store, 2, "debian-13", 7), 0);
    assert_int_equal(store_each_installed(store, list_installed, &l), 0);
    assert_string_equal(l.text, "1=fedora@6 2=debian-13@7 ");
    assert_int_equal(put_installed(store, 1, "", 0), 0);
    assert_int_equal(put_installed(store, 3, NULL, 0), 0);
    l.text[0] = 0;
    assert_int_equal(store_each_installed(store, list_installed, &l), 0);
    assert_string_equal(l.text, "2=debian-13@7 ");
    assert_true(store_commit(store, &change, 1, why) < 0);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_kept_by_host_and_name),
        cmocka_unit_test(impossible_secrets_are_refused),
        cmocka_unit_test(installations_are_kept_by_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

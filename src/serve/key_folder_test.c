/* A set of keys made and read back, and what is refused: old keys, open ones, crossed ones. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "serve/key_folder.h"

#include <cmocka.h>

struct scene {
    char root[64], keys[96];
    char why[KEY_FOLDER_WHY_MAX];
};

static const struct key_folder_wish wish = { .kind = KEY_RSA_2048,
                                             .name = "a site",
                                             .until = { INT64_C(4000000000000) } };

static int set_up(void **state)
{
    static struct scene s;
    snprintf(s.root, sizeof s.root, "/tmp/tugboot-keys-test-XXXXXX");
    if (!mkdtemp(s.root))
        return -1;
    snprintf(s.keys, sizeof s.keys, "%s/a/keys", s.root);
    *state = &s;
    return key_folder_make(s.keys, &wish, s.why);
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->root + 5);
    close(tmp);
    return r;
}

static mode_t mode_of(const struct scene *s, const char *name)
{
    char path[160];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", s->keys, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void made_and_read_back(void **state)
{
    static const char *const names[] = { "a site Platform Key", "a site Key Exchange Key",
                                         "a site Secure Boot db" };
    struct scene *s = *state;
    assert_int_equal(mode_of(s, "private"), 0700);
    assert_int_equal(mode_of(s, "private/PK.key"), 0600);
    assert_int_equal(mode_of(s, "private/KEK.key"), 0600);
    assert_int_equal(mode_of(s, "private/db.key"), 0600);
    for (unsigned i = 0; i < KEY_FOLDER_KEYS; i++) {
        struct certificate *certificate;
        struct certificate_facts facts;
        struct private_key *key;
        assert_int_equal(
            key_folder_certificate(s->keys, (enum key_variable)i, &certificate, s->why), 0);
        certificate_describe(certificate, &facts);
        assert_string_equal(facts.subject, names[i]);
        assert_string_equal(facts.key, "RSA 2048");
        assert_true(facts.is_self_issued);
        assert_int_equal(facts.ends.ms, wish.until.ms);
        assert_int_equal(
            key_folder_private(s->keys, (enum key_variable)i, certificate, &key, s->why), 0);
        private_key_free(key);
        certificate_free(certificate);
    }
}

static void never_written_over(void **state)
{
    struct scene *s = *state;
    static const char *const left[] = { "PK.crt", "private/db.key" };
    static const char *const names[] = { "PK.crt",         "KEK.crt",         "db.crt",
                                         "private/PK.key", "private/KEK.key", "private/db.key" };
    assert_int_equal(key_folder_make(s->keys, &wish, s->why), -EEXIST);
    assert_non_null(strstr(s->why, "never written over"));
    /* Each single file is enough to refuse. */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        for (size_t k = 0; k < 6; k++) {
            char path[160];
            snprintf(path, sizeof path, "%s/%s", s->keys, names[k]);
            if (strcmp(names[k], left[i]) != 0)
                assert_int_equal(unlink(path), 0);
        }
        assert_int_equal(key_folder_make(s->keys, &wish, s->why), -EEXIST);
        if (!strstr(s->why, left[i]))
            fail_msg("%s: %s", left[i], s->why);
    }
}

/* What is done to the keys, and what reading db's private key says then. */
static const struct {
    const char *name, *from,
        *to; /* renamed, or where it is when `to` is NULL; then given the mode */
    mode_t mode;
    int want;
    const char *said;
} harms[] = {
    { "open to the group", "private/db.key", NULL, 0640, -EACCES, "chmod 600" },
    { "open to all", "private/db.key", NULL, 0604, -EACCES, "chmod 600" },
    { "away", "private/db.key", "elsewhere", 0, -ENOENT, "there is no private/db.key" },
    { "another's", "private/PK.key", "private/db.key", 0, -EINVAL, "does not belong" },
    { "no key", "KEK.crt", "private/db.key", 0600, -EINVAL, "is no private key" },
};

static void harmed_keys_are_refused(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
        struct certificate *certificate;
        struct private_key *key = NULL;
        char from[160], to[160];
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        snprintf(from, sizeof from, "%s/%s", s->keys, harms[i].from);
        snprintf(to, sizeof to, "%s/%s", s->keys, harms[i].to ? harms[i].to : harms[i].from);
        assert_int_equal(rename(from, to), 0);
        if (harms[i].mode != 0)
            assert_int_equal(chmod(to, harms[i].mode), 0);
        assert_int_equal(key_folder_certificate(s->keys, KEY_VARIABLE_DB, &certificate, s->why), 0);
        int r = key_folder_private(s->keys, KEY_VARIABLE_DB, certificate, &key, s->why);
        certificate_free(certificate);
        if (r != harms[i].want || key || !strstr(s->why, harms[i].said))
            fail_msg("%s: %d, %s", harms[i].name, r, s->why);
    }
}

static void absent_keys_are_told(void **state)
{
    struct scene *s = *state;
    struct certificate *certificate;
    char none[160];
    snprintf(none, sizeof none, "%s/none", s->root);
    assert_int_equal(key_folder_certificate(none, KEY_VARIABLE_PK, &certificate, s->why), -ENOENT);
    assert_non_null(strstr(s->why, "'tugboot keys init' makes them"));
    snprintf(none, sizeof none, "%s/a", s->root);
    assert_int_equal(key_folder_certificate(none, KEY_VARIABLE_PK, &certificate, s->why), -ENOENT);
    assert_non_null(strstr(s->why, "there is no PK.crt"));
    const struct key_folder_wish long_name = { .kind = KEY_EC_P256,
                                               .name = "a name that is far too long to stand in a "
                                                       "certificate's name",
                                               .until = wish.until };
    snprintf(none, sizeof none, "%s/b", s->root);
    assert_int_equal(key_folder_make(none, &long_name, s->why), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_and_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(never_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(harmed_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absent_keys_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

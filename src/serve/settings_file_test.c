/* The configuration file read, written and refused. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "net/file.h"
#include "serve/settings_file.h"

struct bench {
    char folder[64], path[96];
    struct config *config;
};

static void put(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    const char *tmp = getenv("TMPDIR");

    snprintf(b->folder, sizeof b->folder, "%s/settings-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->path, sizeof b->path, "%s/tugboot.yaml", b->folder);
    assert_int_equal(config_defaults(&b->config), 0);
    span_to_text(span_text(b->folder), b->config->state, sizeof b->config->state);
    put(b->path, "# mine\nuser: x\n");
    assert_int_equal(chmod(b->path, 0640), 0);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    char copy[128];

    snprintf(copy, sizeof copy, "%s/tugboot.yaml.before", b->folder);
    (void)unlink(copy);
    (void)unlink(b->path);
    assert_int_equal(rmdir(b->folder), 0);
    config_free(b->config);
    free(b);
    return 0;
}

static void it_is_replaced_as_a_whole(void **state)
{
    struct bench *b = *state;
    struct settings_file old, now;
    struct stat before, after;
    char data[256] = "";
    struct text why = text_over(data, sizeof data);

    assert_int_equal(stat(b->path, &before), 0);
    assert_int_equal(settings_file_read(b->path, &old), 0);
    assert_true(span_is(span_of(old.text, old.len), "# mine\nuser: x\n"));
    assert_true(settings_file_is_writable(b->path, b->config, &old, &why));
    assert_int_equal(settings_file_write(b->path, b->config, &old, span_text("user: yz\n"), &why),
                     0);
    assert_int_equal(settings_file_read(b->path, &now), 0);
    assert_true(span_is(span_of(now.text, now.len), "user: yz\n"));
    assert_string_not_equal(old.digest, now.digest);
    assert_int_equal(stat(b->path, &after), 0);
    assert_int_not_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode & 07777, 0640);
    settings_file_done(&old);
    settings_file_done(&now);
}

/* A name that is a link is not replaced: the file it leads to is written, its text kept aside. */
static void what_a_link_leads_to_is_written(void **state)
{
    struct bench *b = *state;
    struct settings_file old, now;
    char link[128], copy[128], data[256] = "";
    struct text why = text_over(data, sizeof data);
    struct stat facts;

    snprintf(link, sizeof link, "%s/link.yaml", b->folder);
    snprintf(copy, sizeof copy, "%s/tugboot.yaml.before", b->folder);
    assert_int_equal(symlink(b->path, link), 0);
    assert_int_equal(settings_file_read(link, &old), 0);
    assert_int_equal(settings_file_write(link, b->config, &old, span_text("a\n"), &why), 0);
    assert_int_equal(lstat(link, &facts), 0);
    assert_true(S_ISLNK(facts.st_mode));
    assert_int_equal(settings_file_read(b->path, &now), 0);
    assert_true(span_is(span_of(now.text, now.len), "a\n"));
    settings_file_done(&now);
    assert_int_equal(settings_file_read(copy, &now), 0);
    assert_true(span_is(span_of(now.text, now.len), "# mine\nuser: x\n"));
    settings_file_done(&now);
    settings_file_done(&old);
    assert_int_equal(unlink(link), 0);
}

static void refusals_say_why(void **state)
{
    struct bench *b = *state;
    struct settings_file file, none;
    char data[512] = "";
    struct text why = text_over(data, sizeof data);

    assert_int_equal(settings_file_read("", &none), 0);
    assert_false(settings_file_is_writable("", b->config, &none, &why));
    assert_non_null(strstr(data, "without a configuration file"));
    settings_file_done(&none);

    put(b->path, "# Managed by Puppet\nuser: x\n");
    assert_int_equal(settings_file_read(b->path, &file), 0);
    why = text_over(data, sizeof data);
    assert_false(settings_file_is_writable(b->path, b->config, &file, &why));
    assert_non_null(strstr(data, "Managed by Puppet"));
    settings_file_done(&file);

    put(b->path, "user: x\n");
    assert_int_equal(settings_file_read(b->path, &file), 0);
    why = text_over(data, sizeof data);
    b->config->admin.edit = false;
    assert_false(settings_file_is_writable(b->path, b->config, &file, &why));
    assert_non_null(strstr(data, "edit: false"));
    settings_file_done(&file);
    assert_true(settings_file_read("/nowhere/at/all", &file) < 0);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = { CASE(it_is_replaced_as_a_whole),
                                        CASE(what_a_link_leads_to_is_written),
                                        CASE(refusals_say_why) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where values come from, what is hidden, and what a change does to the text. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "config/settings.h"

static const char file[] = "# our lab\n"
                           "menu:\n"
                           "  title: \"Lab 3\"  # on the door\n"
                           "tftp: {port: 1069}\n"
                           "loaders: [/srv/a, /srv/b]\n"
                           "hosts:\n"
                           "  - name: a\n"
                           "    mac: 52:54:00:00:00:01\n"
                           "    secrets: {root: \"geheim\", wifi: x}\n";

struct wanted {
    const char *path, *value, *written;
    uint32_t line;
    const char *form;
    bool found;
};

static bool compare(void *context, const struct setting *s)
{
    struct wanted *rows = context;

    for (; rows->path; rows++) {
        if (strcmp(rows->path, s->key->path) != 0)
            continue;
        rows->found = true;
        assert_int_equal(s->line, rows->line);
        assert_string_equal(setting_form_name(s->form), rows->form);
        if (!span_is(s->value, rows->value) || !span_is(s->written, rows->written))
            fail_msg("%s: \"%.*s\", written \"%.*s\"", rows->path, (int)s->value.len, s->value.data,
                     (int)s->written.len, s->written.data ? (const char *)s->written.data : "");
    }
    return true;
}

static void values_and_where_they_stand(void **state)
{
    struct wanted rows[] = {
        { "menu.title", "Lab 3", "\"Lab 3\"", 3, "text", false },
        { "tftp.port", "1069", "1069", 4, "number", false },
        { "http.port", "80", "", 0, "number", false },
        { "tftp.enabled", "true", "", 0, "switch", false },
        { "dhcp.mode", "proxy", "", 0, "choice", false },
        { "loaders", "[\"/srv/a\", \"/srv/b\"]", "[/srv/a, /srv/b]", 5, "texts", false },
        { 0 },
    };
    struct config_faults faults = { 0 };
    struct config *config = NULL;

    (void)state;
    assert_int_equal(config_parse(span_text(file), &config, &faults), 0);
    assert_int_equal(settings_each(config, span_text(file), compare, rows), 0);
    for (size_t i = 0; rows[i].path; i++)
        assert_true(rows[i].found);
    config_free(config);
}

static void secrets_are_hidden(void **state)
{
    char data[1024];
    struct text out = text_over(data, sizeof data);

    (void)state;
    settings_hide_secrets(span_text(file), &out);
    assert_null(strstr(data, "geheim"));
    assert_non_null(strstr(data, "secrets: {root: ........, wifi: .}\n"));
    assert_int_equal(out.len, strlen(file));
    out = text_over(data, sizeof data);
    settings_hide_secrets(span_text("a: [\n"), &out);
    assert_int_equal(out.len, 0);
}

static const struct {
    const char *name, *path, *value;
    int result;
    const char *has, *why;
} changes[] = {
    { "a title, and its comment stays", "menu.title", "\"New\"", 0,
      "  title: \"New\"  # on the door\n", "" },
    { "a section that is new", "http.port", "8080", 0, "http:\n  port: 8080\n", "" },
    { "back to the default", "tftp.port", "", 0, "tftp: {}\n", "" },
    { "a value that cannot be", "http.port", "0", -EINVAL, "port: 0", "line 11: http.port: \"0\"" },
    { "a key that is none", "http.prot", "80", -EINVAL, "", "did you mean" },
    { "of an entry", "hosts.0.boot", "local", 0, "    boot: local\n", "" },
    { "as whom it runs", "user", "root", -EINVAL, "", "user: this is changed in the file only" },
    { "back to the default user", "user", "", -EINVAL, "", "in the file only" },
    { "its folder", "state", "/etc", -EINVAL, "", "state: this is changed in the file only" },
    { "its socket", "control", "/etc/x", -EINVAL, "", "in the file only" },
    { "what it serves", "files", "/etc", -EINVAL, "", "in the file only" },
    { "below one of them", "files.x", "/etc", -EINVAL, "", "in the file only" },
    { "no such entry", "hosts.7.boot", "local", -EINVAL, "", "hosts.7.boot: " },
};

static void changes_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char data[2048], why[SETTINGS_WHY_MAX] = "";
        struct text out = text_over(data, sizeof data);
        static struct config_faults faults;
        const struct settings_change change = { changes[i].path, span_text(changes[i].value) };
        faults.count = 0;
        int r = settings_apply(span_text(file), &change, 1, &out, &faults, why);
        if (r != changes[i].result || !strstr(data, changes[i].has) || !strstr(why, changes[i].why))
            fail_msg("%s: %d, %s\n%s", changes[i].name, r, why, data);
        if (r == 0)
            assert_non_null(strstr(data, "# our lab\n"));
    }
}

static void several_changes_are_one(void **state)
{
    const struct settings_change all[] = { { "menu.timeout", span_text("9s") },
                                           { "menu.title", span_text("") },
                                           { "loaders.2", span_text("/srv/c") } };
    char data[2048], why[SETTINGS_WHY_MAX] = "";
    struct text out = text_over(data, sizeof data);
    static struct config_faults faults;

    (void)state;
    assert_int_equal(settings_apply(span_text(file), all, 3, &out, &faults, why), 0);
    assert_non_null(strstr(data, "menu:\n  timeout: 9s\ntftp:"));
    assert_non_null(strstr(data, "loaders: [/srv/a, /srv/b, /srv/c]\n"));
}

static void managers_are_seen(void **state)
{
    (void)state;
    assert_true(span_is(settings_find_manager(span_text("\n# x\n# Ansible managed: roles\na: 1\n")),
                        "# Ansible managed: roles"));
    assert_true(span_is(settings_find_manager(span_text("#This file is MANAGED BY Puppet\n")),
                        "#This file is MANAGED BY Puppet"));
    assert_int_equal(settings_find_manager(span_text(file)).len, 0);
    assert_int_equal(settings_find_manager(span_text("a: 1\n# managed by x\n")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_where_they_stand), cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(changes_are_checked),         cmocka_unit_test(several_changes_are_one),
        cmocka_unit_test(managers_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

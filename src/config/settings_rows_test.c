/* Rows of lists as they stand in a file. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "config/settings_rows.h"

static const char file[] = "# ours\n"
                           "interfaces: [eth0, {name: eth1, mode: off}]\n"
                           "dhcp:\n"
                           "  subnets:\n"
                           "    - network: 10.0.0.0/24   # the lab\n"
                           "      pool: [10.0.0.10-10.0.0.20]\n"
                           "    - {network: 10.1.0.0/24, lease: 1h}\n"
                           "    - network: 10.2.0.0/24\n"
                           "      pool:\n"
                           "        # the printers' comes first\n"
                           "        - 10.2.0.10-10.2.0.20  # printers\n"
                           "        - 10.2.0.30\n"
                           "hosts:\n"
                           "  - name: n1\n"
                           "    mac: 52:54:00:00:00:01\n"
                           "    variables: {room: \"B 12\", row: 4}\n"
                           "    secrets: {root_password: shy}\n";

static const struct {
    const char *key;
    uint32_t first;
    const char *want; /* index@line! key=text; ... */
} cases[] = {
    { "interfaces", 0, "0@2! name=eth0;1@2 name=eth1,mode=off;" },
    { "dhcp.subnets", 0,
      "0@5 network=10.0.0.0/24,pool=[10.0.0.10-10.0.0.20];1@7 network=10.1.0.0/24,lease=1h;"
      "2@8 network=10.2.0.0/24,pool=[10.2.0.10-10.2.0.20, 10.2.0.30];" },
    { "dhcp.subnets", 2, "2@8 network=10.2.0.0/24,pool=[10.2.0.10-10.2.0.20, 10.2.0.30];" },
    { "dhcp.subnets", 3, "" },
    { "hosts", 0, "0@14 name=n1,mac=52:54:00:00:00:01,variables.room=B 12,variables.row=4;" },
    { "groups", 0, "" },
};

static bool add(void *context, const struct settings_row *row)
{
    struct text *out = context;
    text_addf(out, "%u@%u%s ", row->index, row->line, row->is_plain ? "!" : "");
    for (size_t i = 0; i < row->value_count; i++) {
        text_addf(out, "%s", i > 0 ? "," : "");
        text_add_span(out, row->values[i].key);
        text_add_char(out, '=');
        text_add_span(out, row->values[i].text);
    }
    text_add_char(out, ';');
    return true;
}

static void rows_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[1024];
        struct text out = text_over(data, sizeof data);
        const struct schema_key *key = schema_find(SCOPE_TOP, span_text(cases[i].key));
        assert_non_null(key);
        assert_int_equal(settings_each_row(span_text(file), key, cases[i].first, add, &out), 0);
        if (strcmp(data, cases[i].want) != 0)
            fail_msg("%s from %u: %s", cases[i].key, cases[i].first, data);
        assert_null(strstr(data, "shy"));
    }
    char data[64] = "";
    struct text out = text_over(data, sizeof data);
    const struct schema_key *hosts = schema_find(SCOPE_TOP, span_text("hosts"));
    assert_int_equal(settings_each_row(span_text("hosts: [\n"), hosts, 0, add, &out), 0);
    assert_int_equal(settings_each_row(span_text("hosts: 4\n"), hosts, 0, add, &out), 0);
    assert_string_equal(data, "");
}

/* Every key a row may have, and no other; none that holds secrets. */
static void fields_are_those_of_the_schema(void **state)
{
    enum schema_scope scope;
    size_t count = 0;
    (void)state;
    assert_false(settings_row_scope(schema_find(SCOPE_TOP, span_text("tftp.port")), &scope));
    assert_true(settings_row_scope(schema_find(SCOPE_TOP, span_text("dhcp.subnets")), &scope));
    assert_int_equal(scope, SCOPE_SUBNET);
    assert_string_equal(settings_row_key(scope, NULL)->path, "network");
    assert_true(settings_row_scope(schema_find(SCOPE_TOP, span_text("hosts")), &scope));
    for (const struct schema_key *k = settings_row_key(scope, NULL); k;
         k = settings_row_key(scope, k)) {
        assert_int_equal(k->scope, SCOPE_HOST);
        assert_string_not_equal(k->path, "secrets");
        count++;
    }
    assert_true(count > 10);
}

/* What is never changed here says why, and nothing else does. */
static void refusals_have_reasons(void **state)
{
    static const char *const refused[] = { "user", "state", "control", "files", "files.x" };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_non_null(setting_refusal(refused[i]));
    for (size_t i = 0; i < schema_count(); i++)
        if (schema_at(i)->scope == SCOPE_TOP && strchr(schema_at(i)->path, '.'))
            assert_null(setting_refusal(schema_at(i)->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(fields_are_those_of_the_schema),
        cmocka_unit_test(refusals_have_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

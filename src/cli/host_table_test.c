/* Machines as a table: what becomes of columns and fields, and every fault with its line. */
#include "cli/host_table.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>

static void note(void *context, uint32_t line, const char *sentence)
{
    text_addf(context, "%u: %s\n", line, sentence);
}

/* A table as "name whole changes" a line, or its faults. */
static void read_as_text(const char *table, struct text *out)
{
    const struct host_table_faults faults = { note, out };
    struct host_table read;
    host_table_read(span_text(table), &faults, &read);
    for (size_t i = 0; i < read.count && read.faults == 0; i++)
        text_addf(out, "%s %s %s\n", read.rows[i].name, read.rows[i].whole, read.rows[i].changes);
    host_table_done(&read);
}

static const struct {
    const char *name, *table, *want;
} cases[] = {
    { "a host", "name,mac,boot\nn1,52:54:00:00:00:01,debian\n",
      "n1 {\"mac\":\"52:54:00:00:00:01\",\"boot\":\"debian\"} "
      "{\"mac\":\"52:54:00:00:00:01\",\"boot\":\"debian\"}\n" },
    { "an empty field is left out of a new host, and taken back of an old one",
      "name;mac;boot\nn1;52:54:00:00:00:01;\n",
      "n1 {\"mac\":\"52:54:00:00:00:01\"} {\"mac\":\"52:54:00:00:00:01\",\"boot\":null}\n" },
    { "a short line leaves the rest alone", "name,mac,boot\nn1,52:54:00:00:00:01\n",
      "n1 {\"mac\":\"52:54:00:00:00:01\"} {\"mac\":\"52:54:00:00:00:01\"}\n" },
    { "variables", "serial,name,variables.room\nS1,n1,B 12\n",
      "n1 {\"serial\":\"S1\",\"variables\":{\"room\":\"B 12\"}} "
      "{\"serial\":\"S1\",\"variables\":{\"room\":\"B 12\"}}\n" },
    { "other people's titles, and blanks", "Hostname , IP, Args\n n1 , 192.0.2.7 ,\" quiet \"\n",
      "n1 {\"address\":\"192.0.2.7\",\"arguments\":\"quiet\"} "
      "{\"address\":\"192.0.2.7\",\"arguments\":\"quiet\"}\n" },
    { "no rows", "name,mac\n", "" },
    { "nothing", "", "1: the table is empty; its first line names the columns: name,mac,boot\n" },
    { "no names", "mac\n52:54:00:00:00:01\n",
      "1: there is no column \"name\"; the first line names the columns: name,mac,boot\n" },
    { "a near miss", "name,serail\nn1,A\n",
      "1: there is no column \"serail\"; did you mean \"serial\"?\n" },
    { "a column twice", "name,mac,MAC\n", "1: the column \"mac\" is there twice\n" },
    { "a variable twice", "name,variables.a,variables.a\n",
      "1: the column \"variables.a\" is there twice\n" },
    { "a variable that cannot be", "name,variables.1a\n",
      "1: a variable's name is made of letters, digits and underscores\n" },
    { "all faults at once", "name,mac\n,52:54:00:00:00:01\nb d,\nn1,a,b\n",
      "2: this line has no name\n"
      "3: a host's name is made of letters, digits, dots, dashes and underscores\n"
      "4: this line has 3 fields, the first has 2 columns\n" },
    { "a name twice", "name,mac\nn1,\nn2,\nn1,\n", "4: n1 stands in line 2 already\n" },
    { "a hardware address twice, written otherwise",
      "name,mac\nn1,52:54:00:00:00:0A\nn2,52-54-00-00-00-0a\n",
      "3: this hardware address stands in line 2 already\n" },
    { "a quote in the middle", "name\nn\"1\n",
      "2: there is a quote (\") in the middle of a field: put the whole field into quotes and double "
      "the one inside\n" },
    { "not UTF-8", "name,serial\nn1,\xff\n",
      "2: a field is not UTF-8 text: save the table as UTF-8\n" },
};

static void tables_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char shown[2048];
        struct text out = text_over(shown, sizeof shown);
        read_as_text(cases[i].table, &out);
        if (strcmp(shown, cases[i].want) != 0)
            fail_msg("%s:\n%s", cases[i].name, shown);
    }
}

static void hosts_are_written(void **state)
{
    static const char hosts[] =
        "[{\"name\":\"n1\",\"mac\":\"52:54:00:00:00:01\",\"variables\":{\"room\":\"B, 12\"},"
        "\"note\":\"by the door\\n2nd floor\",\"read_only\":false},"
        "{\"name\":\"file\",\"serial\":\"S\",\"variables\":{\"x\":\"y\"},\"read_only\":true},"
        "{\"name\":\"n2\",\"boot\":\"menu\",\"read_only\":false}]";
    char *table = host_table_write(span_text(hosts));
    (void)state;
    assert_non_null(table);
    assert_string_equal(table, "name,mac,boot,note,variables.room\n"
                               "n1,52:54:00:00:00:01,,\"by the door\n2nd floor\",\"B, 12\"\n"
                               "n2,,menu,,\n");
    free(table);
    table = host_table_write(span_text("[]"));
    assert_string_equal(table, "name\n");
    free(table);
    assert_null(host_table_write(span_text("{}")));
}

static void a_host_is_identified(void **state)
{
    char name[HOST_NAME_MAX];
    bool from_file = false;
    (void)state;
    assert_true(
        host_table_identify(span_text("{\"name\":\"n1\",\"read_only\":true}"), name, &from_file));
    assert_string_equal(name, "n1");
    assert_true(from_file);
    assert_false(host_table_identify(span_text("{}"), name, &from_file));
    assert_false(host_table_identify(span_text(""), name, &from_file));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables_are_read),
                                        cmocka_unit_test(hosts_are_written),
                                        cmocka_unit_test(a_host_is_identified) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

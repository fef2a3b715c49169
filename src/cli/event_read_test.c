/* Tests of cli/event_read: what the daemon writes is read as what it was. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "cli/event_read.h"

static void an_event_is_read_as_it_was(void **state)
{
    (void)state;
    struct now now = { .calendar = { 1700000000123 } };
    struct event e = event_make(EVENT_DHCP_OTHER_CHOSEN, now, UINT64_C(0x525400123456)), back;
    char json[EVENT_JSON_MAX], message[200];
    struct text out = text_over(json, sizeof json);
    struct json_writer j = json_over(&out);

    e.sequence = 77;
    event_add_ipv4(&e, "address", 0xc0a84d64);
    event_add_text(&e, "server", "a \"server\"\x1b[2J");
    event_add_number(&e, "unheard-of", 1);
    event_add_bytes(&e, "bytes", 4711);
    event_json(&e, &j, NULL);
    assert_true(event_read(text_span(&out), &back, message, sizeof message));
    assert_int_equal(back.id, e.id);
    assert_int_equal(back.sequence, 77);
    assert_int_equal(back.machine, e.machine);
    assert_int_equal(back.at.ms, now.calendar.ms);
    assert_int_equal(back.field_count, 3);
    assert_int_equal(event_find(&back, "address")->number, 0xc0a84d64);
    assert_int_equal(event_find(&back, "bytes")->number, 4711);
    struct span server = event_field_text(&back, event_find(&back, "server"));
    assert_true(span_is(server, "a \"server\"\x1b[2J"));
    assert_string_equal(message, "took 192.168.77.100 from a \"server\"\\x1b[2J");
    assert_null(strchr(message, 0x1b));
}

static void what_is_no_event_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"event\":1}",
        "{\"event\":\"OF_A_NEWER_TUGBOOT\"}",
        "{\"event\":\"TFTP_DONE\"} and more",
    };
    struct event e = { .sequence = 5 };
    char message[8] = "before";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_false(event_read(span_text(rows[i]), &e, message, sizeof message));
    assert_int_equal(e.sequence, 5);
    assert_string_equal(message, "before");
}

static void odd_values_do_no_harm(void **state)
{
    static const char odd[] =
        "{\"event\":\"TFTP_DONE\",\"sequence\":-1,\"time_ms\":\"x\",\"machine\":7,"
        "\"message\":\"a\\u001b[31m\\u00e4\",\"fields\":{\"file\":[],"
        "\"bytes\":-5,\"ms\":1e300,\"kind\":\"\"}}";
    struct event e;
    char message[64];

    (void)state;
    assert_true(event_read(span_text(odd), &e, message, sizeof message));
    assert_int_equal(e.sequence, 0);
    assert_int_equal(e.machine, 0);
    assert_int_equal(event_find(&e, "bytes")->number, 0);
    assert_null(event_find(&e, "file"));
    assert_string_equal(message, "a?[31m??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_read_as_it_was),
        cmocka_unit_test(what_is_no_event_is_refused),
        cmocka_unit_test(odd_values_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

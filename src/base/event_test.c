/* Events: every row of the table is sound, messages and JSON come out as promised, and the worst
 * text a client can send neither breaks nor cuts them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/event.h"

#include <cmocka.h>

static const struct now now = { .steady = { 5 }, .calendar = { 1700000000123 } };

/* The {field}s a row's message names: how many. */
static size_t fields_of(enum event_id id, char keys[EVENT_FIELDS_MAX][32])
{
    static const char *const known[] = {
#define EVENT(id_, level_, stage_, message_, help_) message_,
#include "base/events.def"
#undef EVENT
    };
    size_t count = 0;
    for (struct span rest = span_text(known[id]); rest.len > 0;) {
        size_t open = span_find(rest, '{');
        struct span from = span_from(rest, open + 1);
        if (from.len == 0)
            break;
        size_t close = span_find(from, '}');
        assert_true(close < from.len && close > 0 && close < 32);
        assert_true(count < EVENT_FIELDS_MAX);
        span_to_text(span_slice(from, 0, close), keys[count], 32);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(keys[i], keys[count]);
        count++;
        rest = span_from(from, close + 1);
    }
    return count;
}

static void every_row_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENT_ID_COUNT; i++) {
        enum event_id id = (enum event_id)i, found = EVENT_ID_COUNT;
        char keys[EVENT_FIELDS_MAX][32];
        fields_of(id, keys);
        assert_true(event_id_parse(span_text(event_name(id)), &found));
        assert_int_equal(found, id);
        assert_true(strlen(event_level_name(event_level(id))) > 0);
        assert_non_null(event_stage_name(event_stage(id)));
    }
    enum event_id untouched = EVENT_SERVER_STARTED;
    assert_false(event_id_parse(span_text("SERVER_STARTE"), &untouched));
    assert_false(event_id_parse((struct span){ 0 }, &untouched));
    assert_int_equal(untouched, EVENT_SERVER_STARTED);
}

static void the_worst_text_fits(void **state)
{
    static char message[EVENT_MESSAGE_MAX], json[EVENT_JSON_MAX];
    static const uint8_t fills[] = { 0xff, 0x00, '\\', '"', 0x1b };
    (void)state;
    for (size_t i = 0; i < EVENT_ID_COUNT * sizeof fills; i++) {
        struct event e =
            event_make((enum event_id)(i / sizeof fills), now, UINT64_C(0xffffffffffff));
        char keys[EVENT_FIELDS_MAX][32];
        uint8_t foreign[EVENT_TEXT_MAX];
        size_t count = fields_of(e.id, keys);
        memset(foreign, fills[i % sizeof fills], sizeof foreign);
        for (size_t k = 0; k < count; k++)
            event_add_span(&e, keys[k], span_of(foreign, sizeof foreign / count));
        while (e.field_count < EVENT_FIELDS_MAX)
            event_add_number(&e, "a_number_of_some_length", UINT64_MAX);
        e.sequence = UINT64_MAX;
        struct text m = text_over(message, sizeof message), t = text_over(json, sizeof json);
        struct json_writer j = json_over(&t);
        event_format(&e, &m);
        event_json(&e, &j, NULL);
        assert_false(m.failed);
        assert_false(t.failed);
        assert_int_equal(json[t.len - 1], '}');
        if (count == 1) /* every escaped byte is in the JSON's message too: none was cut */
            assert_true(t.len > EVENT_TEXT_MAX * 2);
    }
}

static void fields_are_shown_by_kind(void **state)
{
    char message[256], json[1024];
    struct text m = text_over(message, sizeof message), t = text_over(json, sizeof json);
    struct json_writer j = json_over(&t);
    struct event e = event_make(EVENT_FOREIGN_DHCP_SERVER, now, 0x525400123456);
    (void)state;
    e.sequence = 42;
    event_add_ipv4(&e, "server", 0xc0000201);
    event_add_text(&e, "interface", "eth0\x1b");
    event_add_mac(&e, "mac", 0x0a0b0c0d0e0f);
    event_add_bytes(&e, "bytes", 1536);
    event_add_millis(&e, "ms", 1250);
    event_format(&e, &m);
    assert_string_equal(message, "another DHCP server, 192.0.2.1, answers on eth0\\x1b");
    event_json(&e, &j, NULL);
    assert_string_equal(
        json, "{\"event\":\"FOREIGN_DHCP_SERVER\",\"level\":\"warning\","
              "\"time_ms\":1700000000123,\"sequence\":42,\"machine\":\"52:54:00:12:34:56\","
              "\"message\":\"another DHCP server, 192.0.2.1, answers on eth0\\\\x1b\","
              "\"fields\":{\"server\":\"192.0.2.1\",\"interface\":\"eth0\\u001b\","
              "\"mac\":\"0a:0b:0c:0d:0e:0f\",\"bytes\":1536,\"ms\":1250}}");
}

static void lengths_of_time_are_shown(void **state)
{
    static const struct {
        uint64_t ms;
        const char *want;
    } cases[] = {
        { 0, "stopping: 0 ms" },
        { 999, "stopping: 999 ms" },
        { 1000, "stopping: 1.0 s" },
        { 61950, "stopping: 61.9 s" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[128];
        struct text m = text_over(message, sizeof message);
        struct event e = event_make(EVENT_SERVER_STOPPING, now, 0);
        event_add_millis(&e, "reason", cases[i].ms);
        event_format(&e, &m);
        assert_string_equal(message, cases[i].want);
    }
}

static void seconds_are_shown_in_two_units(void **state)
{
    static const struct {
        uint64_t seconds;
        const char *want;
    } cases[] = {
        { 0, "stopping: 0 s" },
        { 59, "stopping: 59 s" },
        { 60, "stopping: 1 min" },
        { 90, "stopping: 1 min 30 s" },
        { 43200, "stopping: 12 h" },
        { 43201, "stopping: 12 h" },
        { 86399, "stopping: 23 h 59 min" },
        { 129600, "stopping: 1 d 12 h" },
        { 86460, "stopping: 1 d" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[128];
        struct text m = text_over(message, sizeof message);
        struct event e = event_make(EVENT_SERVER_STOPPING, now, 0);
        event_add_seconds(&e, "reason", cases[i].seconds);
        event_format(&e, &m);
        assert_string_equal(message, cases[i].want);
    }
}

/* What is about a boot file is not said of a machine that boots none. */
static void a_part_without_its_text_is_left_out(void **state)
{
    static const struct {
        const char *file, *want;
    } cases[] = {
        { "ipxe.efi", "has 192.0.2.9 for 12 h, start ipxe.efi" },
        { "", "has 192.0.2.9 for 12 h" },
        { NULL, "has 192.0.2.9 for 12 h" },
        { "a]b[", "has 192.0.2.9 for 12 h, start a]b[" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[128];
        struct text m = text_over(message, sizeof message);
        struct event e = event_make(EVENT_DHCP_ACK_SENT, now, 0);
        event_add_ipv4(&e, "address", 0xc0000209);
        event_add_seconds(&e, "seconds", 43200);
        if (cases[i].file)
            event_add_text(&e, "file", cases[i].file);
        event_format(&e, &m);
        assert_string_equal(message, cases[i].want);
    }
}

static void great_numbers_stay_positive(void **state)
{
    char json[512];
    struct text t = text_over(json, sizeof json);
    struct json_writer j = json_over(&t);
    struct event e = event_make(EVENT_CLOCK_JUMPED, now, 0);
    (void)state;
    event_add_number(&e, "most", INT64_MAX);
    event_add_number(&e, "above", (uint64_t)INT64_MAX + 1);
    event_add_bytes(&e, "size", UINT64_MAX);
    event_json(&e, &j, NULL);
    assert_non_null(strstr(json, "\"most\":9223372036854775807,\"above\":9223372036854775807,"
                                 "\"size\":9223372036854775807"));
}

static void what_is_too_much_is_cut(void **state)
{
    char message[128], big[EVENT_TEXT_MAX + 9];
    struct text m = text_over(message, sizeof message);
    struct event e = event_make(EVENT_SERVER_STOPPING, now, 0);
    (void)state;
    event_format(&e, &m);
    assert_string_equal(message, "stopping: ?");
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = 0;
    event_add_text(&e, "reason", big);
    event_add_text(&e, "more", "b");
    assert_int_equal(event_field_text(&e, event_find(&e, "reason")).len, EVENT_TEXT_MAX);
    assert_int_equal(event_field_text(&e, event_find(&e, "more")).len, 0);
    for (int i = 0; i < 20; i++)
        event_add_number(&e, "n", 1);
    assert_int_equal(e.field_count, EVENT_FIELDS_MAX);
    event_add_text(&e, "x", "y");
    assert_null(event_find(&e, "x"));
}

static void count_one(void *context, const struct event *event)
{
    (void)event;
    ++*(int *)context;
}

static void sinks_may_be_absent(void **state)
{
    int count = 0;
    struct event e = event_make(EVENT_SERVER_STOPPING, now, 0);
    const struct event_sink counting = { count_one, &count }, deaf = { NULL, &count };
    (void)state;
    event_emit(&counting, &e);
    event_emit(&deaf, &e);
    event_emit(NULL, &e);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_sound),
        cmocka_unit_test(the_worst_text_fits),
        cmocka_unit_test(fields_are_shown_by_kind),
        cmocka_unit_test(lengths_of_time_are_shown),
        cmocka_unit_test(great_numbers_stay_positive),
        cmocka_unit_test(what_is_too_much_is_cut),
        cmocka_unit_test(sinks_may_be_absent),
        cmocka_unit_test(seconds_are_shown_in_two_units),
        cmocka_unit_test(a_part_without_its_text_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

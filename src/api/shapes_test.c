/* Hosts from JSON and back: what is written is read again as the same, and what cannot be is
 * refused with the setting's name. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "api/host_json.h"
#include "api/shapes.h"

static uint8_t memory[65536];

static const struct {
    const char *name, *json;
    const char *refusal; /* NULL: taken, and written back the same */
} cases[] = {
    { "all settings",
      "{\"name\":\"n\",\"mac\":\"02:00:00:00:00:03\","
      "\"uuid\":\"4c4c4544-0032-3010-8053-b4c04f4e3132\",\"arch\":\"efi-x64\","
      "\"subnet\":\"10.0.0.0/8\",\"serial\":\"s\",\"asset\":\"a\",\"vendor\":\"v\","
      "\"address\":\"10.0.0.1\",\"boot\":\"b\",\"next_boot\":\"x\",\"loader\":\"ipxe\","
      "\"arguments\":\"quiet \\\"x\\\"\",\"group\":\"g\",\"variables\":{\"disk\":\"/dev/sda\"},"
      "\"read_only\":false}",
      NULL },
    { "one is enough", "{\"name\":\"n\",\"serial\":\"x\",\"read_only\":false}", NULL },
    { "a number for a text", "{\"name\":\"n\",\"serial\":5}", "\"serial\" must be a text" },
    { "a control character", "{\"name\":\"n\",\"serial\":\"a\\nb\"}", "control character" },
    { "a NUL", "{\"name\":\"n\",\"serial\":\"a\\u0000b\"}", "not JSON" },
    { "a key twice", "{\"name\":\"n\",\"mac\":\"x\",\"mac\":\"y\"}", "not JSON" },
    { "no MAC", "{\"name\":\"n\",\"mac\":\"02:00\"}", "\"mac\" must be a MAC" },
    { "the zero MAC", "{\"name\":\"n\",\"mac\":\"00:00:00:00:00:00\"}", "\"mac\" must be a MAC" },
    { "host bits", "{\"name\":\"n\",\"subnet\":\"10.0.0.1/8\"}", "\"subnet\" must be" },
    { "broadcast", "{\"name\":\"n\",\"mac\":\"02:00:00:00:00:03\",\"address\":\"255.255.255.255\"}",
      "\"address\" must be" },
    { "void UUID", "{\"name\":\"n\",\"uuid\":\"00000000-0000-0000-0000-000000000000\"}",
      "\"uuid\" must be" },
    { "unknown architecture", "{\"name\":\"n\",\"arch\":\"vax\"}", "\"arch\" must be" },
    { "no name", "{\"serial\":\"x\"}", "\"name\" must be" },
    { "a name with a slash", "{\"name\":\"a/b\",\"serial\":\"x\"}", "\"name\" must be" },
    { "a name that climbs", "{\"name\":\"..\",\"serial\":\"x\"}", "\"name\" must be" },
    { "a variable's name", "{\"name\":\"n\",\"serial\":\"x\",\"variables\":{\"a-b\":\"c\"}}",
      "\"variables\" has a name" },
    { "a variable's value", "{\"name\":\"n\",\"serial\":\"x\",\"variables\":{\"a\":1}}",
      "\"variables\" must be a text" },
    { "variables are no list", "{\"name\":\"n\",\"serial\":\"x\",\"variables\":[]}",
      "\"variables\" must be an object" },
    { "a list", "[]", "JSON object" },
    { "deep", "[[[[[[[[[[[[[[[[[[[[", "not JSON" },
};

static void reads_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sentence[API_SENTENCE_MAX] = "", written[4096];
        struct host host;
        struct arena arena = arena_over(memory, sizeof memory);
        print_message("  %s\n", cases[i].name);
        bool taken = host_from_json(span_text(cases[i].json), NULL, &arena, &host, sentence);
        if (cases[i].refusal) {
            assert_false(taken);
            assert_non_null(strstr(sentence, cases[i].refusal));
            continue;
        }
        assert_true(taken);
        struct text text = text_over(written, sizeof written);
        struct json_writer j = json_over(&text);
        shape_host(&j, NULL, &host);
        assert_string_equal(written, cases[i].json);
    }
}

static void patches_hosts(void **state)
{
    (void)state;
    char sentence[API_SENTENCE_MAX];
    struct host host;
    struct arena arena = arena_over(memory, sizeof memory);
    struct span old = span_text("{\"name\":\"n\",\"serial\":\"s\",\"boot\":\"b\","
                                "\"variables\":{\"a\":\"1\",\"b\":\"2\"}}");
    assert_true(host_from_patch(old,
                                span_text("{\"boot\":null,\"group\":\"g\","
                                          "\"variables\":{\"a\":null,\"c\":\"3\"}}"),
                                "n", &arena, &host, sentence));
    assert_null(host.boot);
    assert_string_equal(host.group, "g");
    assert_string_equal(host.match.serial, "s");
    assert_int_equal(host.variable_count, 2);
    assert_string_equal(host.variables[0].name, "b");
    assert_string_equal(host.variables[1].value, "3");
    assert_false(host_from_patch(old, span_text("{\"name\":\"m\"}"), "n", &arena, &host, sentence));
}

static void bounds_texts(void **state)
{
    (void)state;
    char json[8192], sentence[API_SENTENCE_MAX];
    struct host host;
    for (size_t length = 60; length < 68; length++) {
        struct arena arena = arena_over(memory, sizeof memory);
        struct text t = text_over(json, sizeof json);
        text_add(&t, "{\"name\":\"n\",\"serial\":\"");
        for (size_t i = 0; i < length; i++)
            text_add_char(&t, 'x');
        text_add(&t, "\"}");
        assert_int_equal(host_from_json(text_span(&t), NULL, &arena, &host, sentence),
                         length <= 63);
    }
}

static void writes_times(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } times[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { -1, "1969-12-31T23:59:59Z" },
        { 951782400000, "2000-02-29T00:00:00Z" },
        { 1709251199999, "2024-02-29T23:59:59Z" },
        { 4107542400000, "2100-03-01T00:00:00Z" },
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char data[512];
        struct text t = text_over(data, sizeof data);
        struct json_writer j = json_over(&t);
        struct lease lease = { .address = { 1 }, .expires = { times[i].ms } };
        shape_lease(&j, NULL, &lease);
        assert_non_null(strstr(data, times[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_hosts),
        cmocka_unit_test(patches_hosts),
        cmocka_unit_test(bounds_texts),
        cmocka_unit_test(writes_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The tables themselves: every word in them leads somewhere, and the OpenAPI document made of them
 * is JSON. That replies keep their contract is seen in the tests of the routes. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "api/body_check.h"
#include "api/conditions.h"
#include "api/openapi.h"
#include "api/query_check.h"

static void words_lead_somewhere(void **state)
{
    const struct contract *c;
    (void)state;
    for (size_t i = 0; (c = contract_at(i)); i++) {
        struct span ids = span_text(c->terms->query), codes = span_text(c->terms->problems);
        print_message("  %s %s\n", c->method, c->path);
        while (ids.len > 0)
            assert_non_null(parameter_find(contract_next_word(&ids, ' ')));
        while (codes.len > 0)
            assert_non_null(problem_find(contract_next_word(&codes, ' ')));
        assert_true(c->terms->takes[0] == 0 || shape_find(c->terms->takes));
        assert_true(c->terms->gives[0] == 0 || shape_find(c->terms->gives) ||
                    contract_media_type(c->terms->gives));
    }
}

static void shapes_are_whole(void **state)
{
    const struct shape *shape;
    (void)state;
    for (size_t i = 0; (shape = shape_at(i)); i++) {
        assert_ptr_equal(shape_find(shape->name), shape);
        for (size_t k = 0; k < shape->count; k++) {
            const struct shape_field *f = &shape->fields[k];
            bool leads =
                f->type == SHAPE_OBJECT || f->type == SHAPE_NULLABLE || f->type == SHAPE_LIST;
            print_message("  %s.%s\n", shape->name, f->key);
            assert_int_equal(leads, shape_find(f->of) != NULL);
            assert_int_equal(f->type == SHAPE_CHOICE, f->of[0] != 0 && !leads);
            assert_true(f->doc[0] != 0);
            for (size_t other = 0; other < k; other++)
                assert_string_not_equal(shape->fields[other].key, f->key);
        }
    }
}

static void writes_openapi(void **state)
{
    static char data[1024 * 1024];
    struct text text = text_over(data, sizeof data);
    struct json_writer j = json_over(&text);
    struct body_faults faults;
    static const struct shape_field fields[] = {
        { "openapi", SHAPE_TEXT, "", NEED_SHOWN, "x" },
        { "info", SHAPE_ANYTHING, "", NEED_SHOWN, "x" },
        { "servers", SHAPE_ANYTHING, "", NEED_SHOWN, "x" },
        { "paths", SHAPE_ANYTHING, "", NEED_SHOWN, "x" },
        { "webhooks", SHAPE_ANYTHING, "", NEED_SHOWN, "x" },
        { "components", SHAPE_ANYTHING, "", NEED_SHOWN, "x" },
    };
    static const struct shape document = { "document", "x", fields, 6 };

    (void)state;
    openapi_write(&j);
    assert_false(text.failed);
    /* It has to fit into the arena of a request, with room to grow. */
    assert_in_range(text.len, 1000, 800 * 1024);
    assert_true(body_check_reply(text_span(&text), &document, &faults));
}

static const struct {
    const char *name, *json;
    bool is_patch;
    const char *pointer, *detail; /* of the last fault; NULL: it is taken */
    uint8_t faults;
} bodies[] = {
    { "one field", "{\"mac\":\"x\"}", false, NULL, NULL, 0 },
    { "what is shown is passed over", "{\"read_only\":5}", false, NULL, NULL, 0 },
    { "an empty choice takes back", "{\"https\":\"\"}", false, NULL, NULL, 0 },
    { "no JSON", "{", false, "", "not JSON", 1 },
    { "a list", "[]", false, "", "JSON object", 1 },
    { "a number for a text", "{\"mac\":5}", false, "/mac", "must be a text", 1 },
    { "null", "{\"mac\":null}", false, "/mac", "must be a text", 1 },
    { "null in a patch", "{\"mac\":null}", true, NULL, NULL, 0 },
    { "null of a map in a patch", "{\"variables\":{\"a\":null}}", true, NULL, NULL, 0 },
    { "a word that is none", "{\"https\":\"maybe\"}", false, "/https", "true|false|always", 1 },
    { "a map of numbers", "{\"variables\":{\"a\":1}}", false, "/variables", "object of texts", 1 },
    { "an unknown key", "{\"mca\":\"x\"}", false, "/mca", "There are: name, mac", 1 },
    { "a key to be coded", "{\"a/b~c\":1}", false, "/a~1b~0c", "no setting", 1 },
    { "two faults", "{\"mac\":5,\"uuid\":5}", false, "/uuid", "must be a text", 2 },
    { "a key twice", "{\"mac\":\"x\",\"mac\":\"y\"}", false, "", "not JSON", 1 },
};

static void checks_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct body_faults faults = { 0 };
        print_message("  %s\n", bodies[i].name);
        assert_int_equal(
            body_check(span_text(bodies[i].json), shape_find("host"), bodies[i].is_patch, &faults),
            bodies[i].faults == 0);
        assert_int_equal(faults.count, bodies[i].faults);
        if (bodies[i].faults == 0)
            continue;
        assert_string_equal(faults.rows[faults.count - 1].pointer, bodies[i].pointer);
        assert_non_null(strstr(faults.rows[faults.count - 1].detail, bodies[i].detail));
    }
}

static void misses_what_is_asked(void **state)
{
    struct body_faults faults = { 0 };
    (void)state;
    assert_false(body_check(span_text("{}"), shape_find("next_boot"), false, &faults));
    assert_string_equal(faults.rows[0].pointer, "/image");
    assert_false(body_check_reply(span_text("{\"hosts\":[{\"name\":\"x\"}]}"), shape_find("hosts"),
                                  &faults));
    assert_string_equal(faults.rows[0].pointer, "/hosts/0/read_only");
}

static const struct {
    const char *query, *why; /* NULL: taken */
} queries[] = {
    { "", NULL },
    { "after=5&limit=1000", NULL },
    { "after=&follow=1", NULL },
    { "limit=0", "from 1 to 1000" },
    { "limit=1001", "from 1 to 1000" },
    { "after=x", "number" },
    { "follow=2", "0 or 1" },
    { "machine=zz", "aa:bb" },
    { "aftre=1", "There are: after, limit, machine, follow." },
    { "after=1&after=2", "twice" },
    { "=1", "no parameter" },
    { "%00=1", "\\x00" },
};

static void checks_queries(void **state)
{
    const struct contract *c;
    size_t row = 0;
    (void)state;
    for (size_t i = 0; (c = contract_at(i)); i++)
        if (strcmp(c->handler, "events") == 0)
            row = i;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        char sentence[512] = "";
        struct text why = text_over(sentence, sizeof sentence);
        print_message("  %s\n", queries[i].query);
        assert_int_equal(query_check(span_text(queries[i].query), contract_at(row), &why),
                         queries[i].why == NULL);
        if (queries[i].why)
            assert_non_null(strstr(sentence, queries[i].why));
    }
}

static void compares_etags(void **state)
{
    static const struct {
        const char *field;
        bool strongly, weakly;
    } rows[] = {
        { "*", true, true },        { "\"a\"", true, true },   { " \"b\" , \"a\"", true, true },
        { "W/\"a\"", false, true }, { "\"b\"", false, false }, { "", false, false },
        { "a", false, false },      { "\"a", false, false },
    };
    char one[ETAG_MAX], other[ETAG_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(etag_is_named(span_text(rows[i].field), "\"a\"", false), rows[i].strongly);
        assert_int_equal(etag_is_named(span_text(rows[i].field), "\"a\"", true), rows[i].weakly);
    }
    etag_write(span_text("x"), one);
    etag_write(span_text("y"), other);
    assert_string_not_equal(one, other);
    etag_write(span_text("x"), other);
    assert_string_equal(one, other);
    assert_int_equal(strlen(one), 34);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_lead_somewhere), cmocka_unit_test(shapes_are_whole),
        cmocka_unit_test(writes_openapi),       cmocka_unit_test(checks_bodies),
        cmocka_unit_test(misses_what_is_asked), cmocka_unit_test(checks_queries),
        cmocka_unit_test(compares_etags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

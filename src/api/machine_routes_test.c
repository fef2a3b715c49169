/* The list of machines over a backend that has a thousand: every page order meets each machine
 * once, a machine that is seen meanwhile changes nothing of that, words find what they should. */
#include <stdio.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include <jansson.h>

#include "api/test_contract.h"

#define MACHINES 1000

static uint32_t moved; /* this one was just seen again */

static const struct catalog *fake_catalog(void *context)
{
    static const struct catalog catalog;
    (void)context;
    return &catalog;
}

static enum api_result fake_machines(void *context, api_machine_fn row, void *row_context)
{
    static const struct recollection nothing;
    static const struct host host = { .name = "node7", .group = "lab", .boot = "debian-12" };
    char name[64];
    (void)context;
    for (uint32_t i = 0; i < MACHINES; i++) {
        struct api_machine m = { .client = { .mac = mac_from_u64(0x020000000000 + i),
                                             .kind = CLIENT_PXE,
                                             .arch = i % 2 ? ARCH_EFI_X64 : ARCH_BIOS_X86,
                                             .has_arch = true,
                                             .address = { 0x0a000000 + (i * 7919) % MACHINES } },
                                 .last_seen = { (int64_t)(i == moved ? 9000000 : i * 1000) },
                                 .stage = "done",
                                 .message = "",
                                 .host = "",
                                 .recalled = &nothing };
        snprintf(name, sizeof name, "Box & %u #%%", i % 10);
        m.client.product = label_of(span_text(name));
        if (i == 7) {
            m.host = host.name;
            m.assigned = &host;
        }
        if (!row(row_context, &m))
            break;
    }
    return API_DONE;
}

static const struct api_backend backend = { .catalog = fake_catalog,
                                            .each_machine = fake_machines };
static uint8_t memory[API_ARENA_BYTES];

/* The reply as JSON, held against the contract; the caller lets go of it. */
static json_t *ask(const char *target)
{
    struct arena arena = arena_over(memory, sizeof memory);
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    const struct api_request request = { .method = span_text("GET"),
                                         .path = span_slice(all, 0, mark),
                                         .query = span_from(all, mark + 1),
                                         .caller = &api_caller_socket };
    struct api_reply reply = { 0 };
    api_handle(&backend, &request, &arena, &reply);
    test_keeps_contract("GET", target, &reply);
    assert_int_equal(reply.status, 200);
    json_t *root = json_loadb((const char *)reply.body.data, reply.body.len, 0, NULL);
    assert_non_null(root);
    return root;
}

static void every_order_meets_each_machine_once(void **state)
{
    static const char *const orders[] = { "last_seen", "-last_seen", "name",  "-name", "what",
                                          "address",   "-address",   "group", "-stage" };
    (void)state;
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        bool seen[MACHINES] = { false };
        char target[256], next[128] = "";
        size_t count = 0;
        moved = MACHINES;
        do {
            snprintf(target, sizeof target, "/api/v1/machines?sort=%s&limit=70%s%s", orders[o],
                     next[0] ? "&after=" : "", next);
            json_t *root = ask(target), *row;
            size_t i;
            assert_int_equal(json_integer_value(json_object_get(root, "total")), MACHINES);
            json_array_foreach(json_object_get(root, "machines"), i, row)
            {
                struct mac mac;
                const char *text = json_string_value(json_object_get(row, "mac"));
                assert_true(mac_parse(span_text(text), &mac));
                size_t which = (size_t)(mac_to_u64(mac) - 0x020000000000);
                if (seen[which])
                    fail_msg("%s: %s twice", orders[o], text);
                seen[which] = true;
                count++;
            }
            const char *cursor = json_string_value(json_object_get(root, "next"));
            snprintf(next, sizeof next, "%s", cursor ? cursor : "");
            json_decref(root);
        } while (next[0]);
        if (count != MACHINES)
            fail_msg("%s: %zu machines", orders[o], count);
    }
}

static const char *first_mac(json_t *root)
{
    json_t *row = json_array_get(json_object_get(root, "machines"), 0);
    return json_string_value(json_object_get(row, "mac"));
}

static void those_seen_last_come_first(void **state)
{
    char target[256];
    (void)state;
    moved = MACHINES;
    json_t *page = ask("/api/v1/machines?limit=2");
    assert_string_equal(first_mac(page), "02:00:00:00:03:e7");
    /* one of the next page is seen meanwhile: it is on the first one now, and nothing else moves */
    moved = 500;
    snprintf(target, sizeof target, "/api/v1/machines?limit=2&after=%s",
             json_string_value(json_object_get(page, "next")));
    json_decref(page);
    page = ask(target);
    assert_string_equal(first_mac(page), "02:00:00:00:03:e5");
    json_decref(page);
    page = ask("/api/v1/machines");
    assert_string_equal(first_mac(page), "02:00:00:00:01:f4");
    json_decref(page);
}

static void words_find(void **state)
{
    static const struct {
        const char *query;
        int total;
    } cases[] = {
        { "q=box", MACHINES },       { "q=BOX%20%26", MACHINES }, { "q=node7", 1 },
        { "q=lab%20efi-x64", 1 },    { "q=lab%20bios-x86", 0 },   { "q=10.0.0.7", 1 + 10 },
        { "q=02:00:00:00:03", 232 }, { "q=debian-12", 1 },        { "q=%3Cscript%3E", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char target[128];
        snprintf(target, sizeof target, "/api/v1/machines?limit=3&%s", cases[i].query);
        json_t *root = ask(target);
        int total = (int)json_integer_value(json_object_get(root, "total"));
        if (total != cases[i].total)
            fail_msg("%s: %d found", cases[i].query, total);
        json_decref(root);
    }
    json_t *root = ask("/api/v1/machines?q=node7");
    json_t *row = json_array_get(json_object_get(root, "machines"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "boot")), "debian-12");
    assert_string_equal(json_string_value(json_object_get(row, "group")), "lab");
    assert_false(json_is_true(json_object_get(root, "cut")));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_meets_each_machine_once),
        cmocka_unit_test(those_seen_last_come_first),
        cmocka_unit_test(words_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

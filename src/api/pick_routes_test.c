/* Who may look at waiting machines and choose for them, and what. */
#include <stdio.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "api/test_contract.h"

static struct {
    struct access *access;
    bool is_open;
    enum api_result result;
    char chosen[160];
} world;
static uint8_t memory[API_ARENA_BYTES];

static const struct catalog *fake_catalog(void *context)
{
    static const struct image images[] = {
        { .name = "debian",
          .title = "Debian",
          .kind = IMAGE_LINUX,
          .kernel = "k",
          .arches = UINT32_MAX,
          .group = "Systems" },
        { .name = "hidden",
          .title = "H",
          .kind = IMAGE_LINUX,
          .kernel = "k",
          .arches = UINT32_MAX,
          .is_hidden = true },
        { .name = "disk",
          .title = "A disk",
          .kind = IMAGE_SANBOOT,
          .kernel = "k",
          .arches = UINT32_MAX },
    };
    static const struct catalog catalog = { .images = images, .image_count = 3 };
    (void)context;
    return &catalog;
}

static bool pick_at(void *context, size_t i, struct api_pick *out)
{
    (void)context;
    *out = (struct api_pick){ .number = "4821",
                              .client = { .mac = { { 0x52, 0x54, 0, 0, 0, 1 } },
                                          .address = { 0xc0000205 },
                                          .arch = ARCH_EFI_X64,
                                          .has_arch = true,
                                          .product = label_of(span_text("Box")) },
                              .is_grub = true };
    return i == 0;
}

static enum api_result pick_find(void *context, const char *number, struct api_pick *out)
{
    (void)pick_at(context, 0, out);
    return strcmp(number, "4821") == 0 ? API_DONE : API_NOT_FOUND;
}

static enum api_result pick_choose(void *context, const char *number, const char *entry,
                                   const char *by)
{
    (void)context;
    snprintf(world.chosen, sizeof world.chosen, "%s %s by %s", number, entry, by);
    return world.result;
}

static bool picks_open(void *context)
{
    (void)context;
    return world.is_open;
}

static const struct api_caller nobody = { .from = "192.0.2.7" };
static const struct api_caller viewer = { .role = API_ROLE_VIEWER, .name = "vic" };
static const struct api_caller operator= { .role = API_ROLE_OPERATOR, .name = "ann" };

static struct api_reply ask(const struct api_caller *caller, const char *method, const char *target,
                            const char *body)
{
    const struct api_backend backend = { .access = world.access,
                                         .catalog = fake_catalog,
                                         .pick_at = pick_at,
                                         .pick_find = pick_find,
                                         .pick_choose = pick_choose,
                                         .picks_open = picks_open };
    struct arena arena = arena_over(memory, sizeof memory);
    const struct api_request request = { .method = span_text(method),
                                         .path = span_text(target),
                                         .body = span_text(body),
                                         .caller = caller,
                                         .now = { .steady = { 1000000000 } } };
    struct api_reply reply;
    world.chosen[0] = 0;
    api_handle(&backend, &request, &arena, &reply);
    test_keeps_contract(method, target, &reply);
    return reply;
}

static int begin(void **state)
{
    (void)state;
    world.is_open = false;
    world.result = API_DONE;
    return access_new(&world.access);
}

static int end(void **state)
{
    (void)state;
    access_free(world.access);
    return 0;
}

static bool says(const struct api_reply *reply, const char *words)
{
    char text[4096];
    span_to_text(reply->body, text, sizeof text);
    return strstr(text, words) != NULL;
}

#define ONE    "/api/v1/picks/4821"
#define CHOICE "{\"entry\":\"debian\"}"

static void who_may(void **state)
{
    const struct {
        const char *name;
        bool is_open;
        const struct api_caller *caller;
        const char *method, *target;
        uint16_t want;
    } cases[] = {
        { "the list is not for everybody", true, &nobody, "GET", "/api/v1/picks", 401 },
        { "a viewer sees the list", false, &viewer, "GET", "/api/v1/picks", 200 },
        { "nobody looks", false, &nobody, "GET", ONE, 401 },
        { "nobody chooses", false, &nobody, "POST", ONE, 401 },
        { "a viewer looks", false, &viewer, "GET", ONE, 200 },
        { "a viewer does not choose", false, &viewer, "POST", ONE, 403 },
        { "an operator chooses", false, &operator, "POST", ONE, 204 },
        { "open: nobody looks", true, &nobody, "GET", ONE, 200 },
        { "open: nobody chooses", true, &nobody, "POST", ONE, 204 },
        { "a number to choose by that is not out", false, &operator, "POST", "/api/v1/picks/1111",
          404 },
        { "a number that is not out", false, &operator, "GET", "/api/v1/picks/1111", 404 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world.is_open = cases[i].is_open;
        struct api_reply reply = ask(cases[i].caller, cases[i].method, cases[i].target,
                                     cases[i].method[0] == 'P' ? CHOICE : "");
        if (reply.status != cases[i].want || (reply.status == 204) != (world.chosen[0] != 0))
            fail_msg("%s: %u", cases[i].name, reply.status);
    }
    ask(&operator, "POST", ONE, CHOICE);
    assert_string_equal(world.chosen, "4821 debian by ann");
}

/* What its menu has, and nothing else: GRUB waits there, which cannot attach a disk. */
static void what_may_be_chosen(void **state)
{
    const struct {
        const char *body;
        uint16_t want;
    } cases[] = { { "{\"entry\":\"debian\"}", 204 },
                  { "{\"entry\":\"@local\"}", 204 },
                  { "{\"entry\":\"@menu\"}", 204 },
                  { "{\"entry\":\"@shell\"}", 422 },
                  { "{\"entry\":\"hidden\"}", 422 },
                  { "{\"entry\":\"disk\"}", 422 },
                  { "{\"entry\":\"unknown\"}", 422 },
                  { "{\"entry\":\"\"}", 422 },
                  { "{}", 422 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct api_reply reply = ask(&operator, "POST", ONE, cases[i].body);
        if (reply.status != cases[i].want)
            fail_msg("%s: %u", cases[i].body, reply.status);
    }
    struct api_reply reply = ask(&viewer, "GET", ONE, "");
    assert_true(says(&reply, "\"entry\":\"debian\""));
    assert_false(says(&reply, "hidden"));
    assert_false(says(&reply, "\"entry\":\"disk\""));
    world.result = API_INVALID;
    reply = ask(&operator, "POST", ONE, CHOICE);
    assert_int_equal(reply.status, 409);
}

static void numbers_are_not_found_by_trying(void **state)
{
    unsigned tries = 0;
    struct api_reply reply = { 0 };
    (void)state;
    world.is_open = true;
    while (tries < 20 && reply.status != 429) {
        reply = ask(&nobody, "GET", "/api/v1/picks/1111", "");
        tries++;
    }
    assert_in_range(tries, 2, 19);
    /* the right one waits as well, but not for who is signed in */
    reply = ask(&nobody, "POST", ONE, CHOICE);
    assert_int_equal(reply.status, 429);
    reply = ask(&operator, "POST", ONE, CHOICE);
    assert_int_equal(reply.status, 204);
}

static bool is_here(const struct contract *contract)
{
    return strncmp(contract->path, "/picks", 6) == 0;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may, begin, end),
        cmocka_unit_test_setup_teardown(what_may_be_chosen, begin, end),
        cmocka_unit_test_setup_teardown(numbers_are_not_found_by_trying, begin, end),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

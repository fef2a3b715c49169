/* Which requests come into the list of deeds, and that nobody can fill it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"
#include "serve/control_audit.h"

#include <cmocka.h>

static const struct {
    const char *name;
    enum api_door door;
    const char *caller; /* by name */
    const char *method, *path, *query;
    uint16_t status;
    const char *who; /* who tried to sign in */
    bool wanted;
} cases[] = {
    { "a change", API_DOOR_SESSION, "ann", "PUT", "/api/v1/hosts/a", "", 200, "", true },
    { "a look", API_DOOR_SESSION, "ann", "GET", "/api/v1/hosts", "", 200, "", false },
    { "a look at secrets", API_DOOR_SESSION, "ann", "GET", "/api/v1/x", "reveal=1", 200, "", true },
    { "a look that is refused", API_DOOR_TOKEN, "ci", "GET", "/api/v1/x", "", 403, "", true },
    { "nobody looks", API_DOOR_NONE, "", "GET", "/api/v1/hosts", "", 401, "", false },
    { "nobody looks at secrets", API_DOOR_NONE, "", "GET", "/api/v1/x", "reveal=1", 401, "", true },
    { "nobody asks for no secret", API_DOOR_NONE, "", "GET", "/api/v1/healthz", "reveal=1", 200, "",
      false },
    { "an old token", API_DOOR_NONE, "ci", "GET", "/api/v1/hosts", "", 401, "", true },
    { "nobody changes", API_DOOR_NONE, "", "PUT", "/api/v1/hosts/a", "", 401, "", true },
    { "nobody changes nothing", API_DOOR_NONE, "", "POST", "/api/v1/none", "", 404, "", false },
    { "no method", API_DOOR_NONE, "", "BREW", "/api/v1/hosts", "", 405, "", false },
    { "a wrong password", API_DOOR_NONE, "", "POST", "/api/v1/session", "", 403, "ann", true },
    { "too many tries", API_DOOR_NONE, "", "POST", "/api/v1/session", "", 429, "ann", true },
    { "a cut body", API_DOOR_NONE, "", "POST", "/api/v1/session", "", 422, "", true },
    { "who came in", API_DOOR_NONE, "", "POST", "/api/v1/session", "", 201, "ann", true },
};

static bool wants(struct control_audit *audit, size_t i)
{
    struct api_caller caller = { .door = cases[i].door };
    struct api_reply reply = { .status = cases[i].status };
    const struct api_request request = { .method = span_text(cases[i].method),
                                         .path = span_text(cases[i].path),
                                         .query = span_text(cases[i].query),
                                         .caller = &caller,
                                         .now = { .steady = { 5000000000 } } };

    span_to_text(span_text(cases[i].caller), caller.name, sizeof caller.name);
    span_to_text(span_text(cases[i].who), reply.who, sizeof reply.who);
    return control_audit_wants(audit, &request, &reply);
}

static void what_is_noted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct control_audit *audit;
        assert_int_equal(control_audit_new(&audit), 0);
        if (wants(audit, i) != cases[i].wanted)
            fail_msg("%s", cases[i].name);
        control_audit_free(audit);
    }
}

/* In one second: then nobody's are noted no more, and the others still. */
static void a_flood_hides_nobody(void **state)
{
    struct control_audit *audit;
    size_t noted = 0;
    (void)state;
    assert_int_equal(control_audit_new(&audit), 0);
    for (size_t n = 0; n < 100; n++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            bool is_nobodys = cases[i].door == API_DOOR_NONE && cases[i].status >= 300;
            bool wanted = wants(audit, i);
            noted += is_nobodys && wanted;
            if (!is_nobodys && wanted != cases[i].wanted)
                fail_msg("%s", cases[i].name);
        }
    assert_int_equal(noted, 10);
    control_audit_free(audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_noted),
        cmocka_unit_test(a_flood_hides_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

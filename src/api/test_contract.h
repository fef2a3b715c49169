/* For tests: holds a reply against the contract of its route, and remembers which refusals of which
 * routes were seen. */
#ifndef API_TEST_CONTRACT_H
#define API_TEST_CONTRACT_H

#include "api/api.h"
#include "api/body_check.h"

#define TEST_ROUTES_MAX   256
#define TEST_PROBLEMS_MAX 64

static bool seen_refusals[TEST_ROUTES_MAX][TEST_PROBLEMS_MAX];

static inline bool test_path_fits(const char *pattern, struct span path)
{
    struct span want = span_text(pattern);
    while (want.len > 0 && path.len > 0) {
        struct span w = contract_next_word(&want, '/'), p = contract_next_word(&path, '/');
        if (!(w.len > 0 && w.data[0] == '{' && p.len > 0) && !span_equals(w, p))
            return false;
    }
    return want.len == 0 && path.len == 0;
}

/* The row of a request; -1 when it has none. */
static inline int test_route_of(const char *method, const char *target)
{
    const struct contract *c;
    struct span all = span_text(target);
    struct span path = span_from(span_slice(all, 0, span_find(all, '?')), strlen(API_PREFIX));
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; (c = contract_at(i)); i++)
        if (strcmp(c->method, method) == 0 && test_path_fits(c->path, path))
            return (int)i;
    return -1;
}

static inline int test_code_of(struct span body)
{
    const struct problem *p;
    for (size_t i = 0; (p = problem_at(i)); i++) {
        char wanted[96];
        struct text t = text_over(wanted, sizeof wanted);
        text_addf(&t, "\"code\":\"%s\"", p->code);
        if (body.len > 0 && memmem(body.data, body.len, wanted, t.len))
            return (int)i;
    }
    return -1;
}

static inline void test_keeps_contract(const char *method, const char *target,
                                       const struct api_reply *reply)
{
    struct body_faults faults = { 0 };
    int route = test_route_of(method, target);
    const struct contract *c = route < 0 ? NULL : contract_at((size_t)route);
    bool sound = true;

    if (reply->status >= 400) {
        int code = test_code_of(reply->body);
        sound = body_check_reply(reply->body, shape_find("problem"), &faults) && code >= 0 &&
                problem_at((size_t)code)->status == reply->status &&
                (!c || contract_refuses(c, problem_at((size_t)code)->code));
        if (sound && c)
            seen_refusals[route][code] = true;
    } else if (c && reply->kind == API_REPLY_BODY && reply->body.len > 0 &&
               !contract_media_type(c->terms->gives)) {
        sound = c->terms->gives[0] &&
                body_check_reply(reply->body, shape_find(c->terms->gives), &faults);
    } else if (c && reply->kind == API_REPLY_BODY && reply->body.len == 0) {
        sound = c->terms->gives[0] == 0 || reply->status == 304;
    }
    if (sound)
        return;
    print_message("%s %s: %u %.*s\n", method, target, reply->status, (int)reply->body.len,
                  reply->body.len > 0 ? (const char *)reply->body.data : "");
    for (uint8_t i = 0; i < faults.count; i++)
        print_message("  %s: %s\n", faults.rows[i].pointer, faults.rows[i].detail);
    assert_true(sound);
}

/* Every refusal that a row of contract.def names was seen in these tests, for routes below
 * `prefix`. */
static inline void test_saw_refusals(bool (*concerns)(const struct contract *contract))
{
    const struct contract *c;
    bool complete = true;
    for (size_t i = 0; (c = contract_at(i)); i++) {
        struct span words = span_text(c->terms->problems);
        while (concerns(c) && words.len > 0) {
            struct span word = contract_next_word(&words, ' ');
            const struct problem *p;
            for (size_t k = 0; (p = problem_at(k)); k++)
                if (span_is(word, p->code) && !seen_refusals[i][k]) {
                    print_message("never seen: %s %s: %s\n", c->method, c->path, p->code);
                    complete = false;
                }
        }
    }
    assert_true(complete);
}

#endif

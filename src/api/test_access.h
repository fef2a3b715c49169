/* For tests: a world of accounts, tokens and sessions, in which passwords are kept as "h:" and
 * themselves. */
#ifndef API_TEST_ACCESS_H
#define API_TEST_ACCESS_H

#include "api/api.h"
#include "api/test_contract.h"

static uint8_t memory[API_ARENA_BYTES];

static struct {
    struct access *access;
    enum api_result result;
    const char *page;
    unsigned int puts;
    void (*meanwhile)(void); /* happens while a password is looked at; NULL = nothing */
} world;

static inline enum api_result put_account(void *context, const struct account *account,
                                          char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)account;
    (void)sentence;
    world.puts++;
    return world.result;
}

static inline enum api_result put_token(void *context, const struct access_token *token,
                                        char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)token;
    (void)sentence;
    world.puts++;
    return world.result;
}

static inline enum api_result each_audit(void *context, uint64_t before, uint32_t limit,
                                         api_audit_fn row, void *row_context)
{
    (void)context;
    for (uint64_t i = before == 0 ? 5 : before - 1; i > 0 && limit > 0; i--, limit--) {
        const struct audit_entry entry = { .sequence = i,
                                           .who = "ann",
                                           .door = "session",
                                           .method = "PUT",
                                           .path = "/api/v1/hosts/a",
                                           .status = 200 };
        if (!row(row_context, &entry))
            break;
    }
    return world.result;
}

static inline void page_url(void *context, char *out, size_t cap)
{
    (void)context;
    span_to_text(span_text(world.page), out, cap);
}

static inline struct api_backend backend(void)
{
    return (struct api_backend){ .account_put = put_account,
                                 .account_remove = put_account,
                                 .token_put = put_token,
                                 .token_remove = put_token,
                                 .each_audit = each_audit,
                                 .page_url = page_url,
                                 .access = world.access };
}

static inline struct now at(int64_t seconds)
{
    return (struct now){ .steady = { seconds * 1000000000 }, .calendar = { seconds * 1000 } };
}

static inline void add_account(const char *name, const char *role)
{
    struct account account = { 0 };
    snprintf(account.name, sizeof account.name, "%s", name);
    snprintf(account.role, sizeof account.role, "%s", role);
    snprintf(account.hash, sizeof account.hash, "h:password of %s", name);
    assert_int_equal(access_put_account(world.access, &account), 0);
}

static inline void begin_world(void)
{
    const struct access_settings settings = { .idle = duration_seconds(1000),
                                              .longest = duration_seconds(100000),
                                              .names = { "boot" },
                                              .name_count = 1 };
    assert_int_equal(access_new(&world.access), 0);
    access_configure(world.access, &settings);
    world.result = API_DONE;
    world.page = "http://192.0.2.1:8067";
}

static inline void end_world(void)
{
    access_free(world.access);
    world.access = NULL;
}

static inline void do_job(const struct api_password_job *job, struct api_password_outcome *outcome)
{
    *outcome = (struct api_password_outcome){ 0 };
    if (job->checks) {
        snprintf(outcome->hash, sizeof outcome->hash, "%s", job->hash);
        outcome->matched = strcmp(job->hash + 2, job->given) == 0;
    }
    if (job->makes && (!job->checks || outcome->matched))
        snprintf(outcome->made, sizeof outcome->made, "h:%.120s", job->wanted);
}

static inline struct api_reply ask(const struct api_caller *caller, const char *method,
                                   const char *target, const char *body, struct now now)
{
    const struct api_backend b = backend();
    struct arena arena = arena_over(memory, sizeof memory);
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    struct api_request request = { .method = span_text(method),
                                   .path = span_slice(all, 0, mark),
                                   .query = span_from(all, mark + 1),
                                   .body = span_text(body),
                                   .caller = caller,
                                   .now = now };
    struct api_password_outcome outcome;
    struct api_reply reply;

    api_handle(&b, &request, &arena, &reply);
    if (reply.kind == API_REPLY_PASSWORD) {
        do_job(&reply.job, &outcome);
        if (world.meanwhile)
            world.meanwhile();
        request.outcome = &outcome;
        api_handle(&b, &request, &arena, &reply);
    }
    test_keeps_contract(method, target, &reply);
    return reply;
}

static inline void expect(const struct api_reply *reply, uint16_t status, const char *says)
{
    bool found = reply->body.len > 0
                     ? memmem(reply->body.data, reply->body.len, says, strlen(says)) != NULL
                     : says[0] == 0;
    if (reply->status != status || !found)
        fail_msg("%u, not %u with %s: %.*s", reply->status, status, says, (int)reply->body.len,
                 reply->body.len > 0 ? (const char *)reply->body.data : "");
}

/* A caller who signed in as `name`. */
static inline struct api_caller signed_in(const char *name)
{
    struct api_caller caller = { .from = "192.0.2.7" };
    char cookie[TOKEN_TEXT_MAX];
    assert_int_equal(
        access_begin_session(world.access, API_DOOR_SESSION, name, at(0), &caller, cookie), 0);
    return caller;
}

/* A caller who came by a link. */
static inline struct api_caller by_link(void)
{
    struct api_caller caller = { .from = "192.0.2.9" };
    char cookie[TOKEN_TEXT_MAX];
    assert_int_equal(access_begin_session(world.access, API_DOOR_LINK, "", at(0), &caller, cookie),
                     0);
    return caller;
}

#endif

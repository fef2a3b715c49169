/* What waits for webhooks, and sessions, through a database. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "store/store.h"

#include <cmocka.h>

struct seen {
    char text[512];
    size_t len;
};

static int see_waiting(void *context, const struct hook_event *w)
{
    struct seen *seen = context;
    seen->len += (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                                  "%llu/%lld/%s/%s/%s;", (unsigned long long)w->id,
                                  (long long)w->at.ms, w->hook, w->message, w->json);
    return 0;
}

static int see_session(void *context, const struct kept_session *s)
{
    struct seen *seen = context;
    seen->len +=
        (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                         "%02x/%d/%d/%s/%s/%lld/%lld;", s->digest[31], s->by_link, s->is_secure,
                         s->name, s->from, (long long)s->begun.ms, (long long)s->last.ms);
    return 0;
}

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store;
    if (store_open(STORE_IN_MEMORY, &store, why) < 0)
        fail_msg("%s", why);
    return store;
}

static void commit(struct store *store, const struct change *change, int expected)
{
    char why[STORE_WHY_MAX];
    assert_int_equal(store_commit(store, change, 1, why), expected);
}

static void waiting_events(void **state)
{
    struct store *store = open_store();
    struct seen seen = { 0 };
    struct hook_event w = { 7, { 1000 }, "chat", "msg_b", "{\"x\":1}" };
    struct change change = { .kind = CHANGE_HOOK_PUT, .waiting = &w };
    (void)state;
    commit(store, &change, 0);
    w = (struct hook_event){ 3, { 900 }, "pager", "msg_a", "{}" };
    commit(store, &change, 0);
    assert_int_equal(store_each_hook_event(store, see_waiting, &seen), 0);
    assert_string_equal(seen.text, "3/900/pager/msg_a/{};7/1000/chat/msg_b/{\"x\":1};");
    change.kind = CHANGE_HOOK_REMOVE;
    commit(store, &change, 0);
    seen = (struct seen){ 0 };
    assert_int_equal(store_each_hook_event(store, see_waiting, &seen), 0);
    assert_string_equal(seen.text, "7/1000/chat/msg_b/{\"x\":1};");
    w.id = 0;
    commit(store, &change, -EINVAL);
    change.kind = CHANGE_HOOK_PUT;
    commit(store, &change, -EINVAL);
    store_close(store);
}

static void sessions(void **state)
{
    struct store *store = open_store();
    struct seen seen = { 0 };
    struct kept_session s = { .digest = { [31] = 1 },
                              .name = "ann",
                              .from = "192.0.2.7",
                              .is_secure = true,
                              .begun = { 5 },
                              .last = { 9 } };
    struct change change = { .kind = CHANGE_SESSION_PUT, .session = &s };
    (void)state;
    commit(store, &change, 0);
    s = (struct kept_session){
        .digest = { [31] = 2 }, .by_link = true, .begun = { 4 }, .last = { 4 }
    };
    commit(store, &change, 0);
    s.last.ms = 8;
    commit(store, &change, 0);
    assert_int_equal(store_each_session(store, see_session, &seen), 0);
    assert_string_equal(seen.text, "01/0/1/ann/192.0.2.7/5/9;02/1/0///4/8;");
    change.kind = CHANGE_SESSION_REMOVE;
    commit(store, &change, 0);
    seen = (struct seen){ 0 };
    assert_int_equal(store_each_session(store, see_session, &seen), 0);
    assert_string_equal(seen.text, "01/0/1/ann/192.0.2.7/5/9;");
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_events),
        cmocka_unit_test(sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

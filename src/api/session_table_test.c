/* Sessions: how long they last, and that they are the same after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "api/session_table.h"

#include <cmocka.h>

static struct session_table table, later;

static struct now at(int64_t seconds)
{
    return (struct now){ .steady = { seconds * 1000000000 },
                         .calendar = { 1700000000000 + seconds * 1000 } };
}

static int begin(void **state)
{
    (void)state;
    table =
        (struct session_table){ .idle = duration_seconds(100), .longest = duration_seconds(1000) };
    later = table;
    return 0;
}

static void begin_one(const char *name, struct now now, char token[TOKEN_TEXT_MAX])
{
    struct session *s;
    assert_int_equal(session_begin(&table, API_DOOR_SESSION, name, "192.0.2.7", now, token, &s), 0);
}

/* What is to be kept: "+ann" or "-". */
static const char *change(struct session_table *from, struct now now, struct kept_session *kept)
{
    static char text[80];
    bool removes;
    if (!session_take_change(from, now, kept, &removes))
        return "";
    snprintf(text, sizeof text, "%s%s", removes ? "-" : "+", kept->name);
    return text;
}

static void the_same_after_a_restart(void **state)
{
    char token[TOKEN_TEXT_MAX], csrf[TOKEN_TEXT_MAX];
    struct kept_session kept;
    (void)state;
    begin_one("ann", at(0), token);
    memcpy(csrf, session_find(&table, span_text(token), at(0).steady)->csrf, sizeof csrf);
    assert_int_equal(strlen(csrf), TOKEN_TEXT_MAX - 1);
    assert_string_not_equal(csrf, token);
    assert_string_equal(change(&table, at(10), &kept), "+ann");
    assert_string_equal(change(&table, at(10), &kept), "");
    /* The machine was started anew meanwhile: its steady clock begins again. */
    struct now now = { .steady = { 5000000000 }, .calendar = at(50).calendar };
    assert_true(session_restore(&later, &kept, now));
    const struct session *s = session_find(&later, span_text(token), now.steady);
    assert_non_null(s);
    assert_string_equal(s->csrf, csrf);
    assert_string_equal(s->name, "ann");
    assert_string_equal(s->from, "192.0.2.7");
    assert_null(session_find(&later, span_text("abcdefghijklmnopqrstuvwxyz234567"), now.steady));
}

static void what_is_over_stays_over(void **state)
{
    char token[TOKEN_TEXT_MAX];
    struct kept_session kept;
    (void)state;
    begin_one("ann", at(0), token);
    assert_string_equal(change(&table, at(0), &kept), "+ann");
    assert_false(session_restore(&later, &kept, at(100)));
    assert_true(session_restore(&later, &kept, at(99)));
    kept.last = at(1000).calendar;
    assert_false(session_restore(&later, &kept, at(1000)));
    /* The clock was set back. */
    assert_true(session_restore(&later, &kept, at(-5000)));
}

static void what_changes_is_told(void **state)
{
    char ann[TOKEN_TEXT_MAX], bob[TOKEN_TEXT_MAX];
    struct kept_session kept;
    (void)state;
    begin_one("ann", at(0), ann);
    begin_one("bob", at(0), bob);
    assert_string_equal(change(&table, at(0), &kept), "+ann");
    assert_string_equal(change(&table, at(0), &kept), "+bob");
    assert_non_null(session_find(&table, span_text(ann), at(59).steady));
    assert_string_equal(change(&table, at(59), &kept), "");
    assert_non_null(session_find(&table, span_text(ann), at(60).steady));
    assert_string_equal(change(&table, at(60), &kept), "+ann");
    assert_int_equal(kept.last.ms, at(60).calendar.ms);
    session_return_change(&table, &kept, false);
    assert_string_equal(change(&table, at(60), &kept), "+ann");
    session_end_all(&table, "bob");
    assert_string_equal(change(&table, at(61), &kept), "-");
    session_return_change(&table, &kept, true);
    assert_string_equal(change(&table, at(61), &kept), "-");
    assert_string_equal(change(&table, at(61), &kept), "");
    /* One that is signed out after its last use could not be kept must not come back. */
    char eve[TOKEN_TEXT_MAX];
    begin_one("eve", at(61), eve);
    assert_string_equal(change(&table, at(61), &kept), "+eve");
    session_return_change(&table, &kept, false);
    session_end_all(&table, "eve");
    assert_string_equal(change(&table, at(61), &kept), "-");
    assert_string_equal(change(&table, at(61), &kept), "");
    /* ann's ends by being idle. */
    assert_string_equal(change(&table, at(160), &kept), "-");
    assert_string_equal(change(&table, at(160), &kept), "");
}

static void a_full_table_forgets_the_one_idle_longest(void **state)
{
    char token[TOKEN_TEXT_MAX], first[TOKEN_TEXT_MAX];
    struct kept_session kept;
    (void)state;
    begin_one("ann", at(0), first);
    for (int i = 1; i < SESSIONS_MAX; i++)
        begin_one("bob", at(1), token);
    for (int i = 0; i < SESSIONS_MAX; i++)
        assert_string_not_equal(change(&table, at(1), &kept), "");
    begin_one("eve", at(2), token);
    assert_string_equal(change(&table, at(2), &kept), "-");
    assert_string_equal(change(&table, at(2), &kept), "+eve");
    assert_null(session_find(&table, span_text(first), at(2).steady));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_same_after_a_restart, begin),
        cmocka_unit_test_setup(what_is_over_stays_over, begin),
        cmocka_unit_test_setup(what_changes_is_told, begin),
        cmocka_unit_test_setup(a_full_table_forgets_the_one_idle_longest, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Events of one time and the next: what is new is passed on, or all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/told_once.h"

#include <cmocka.h>

static unsigned heard;

static void hear(void *context, const struct event *event)
{
    (void)context;
    (void)event;
    heard++;
}

static void tell(struct told_once *told, const char *name, const char *reason)
{
    const struct event_sink sink = told_once_sink(told);
    struct event event = event_make(EVENT_IMAGE_REFUSED, (struct now){ 0 }, 0);
    event_add_text(&event, "name", name);
    event_add_text(&event, "reason", reason);
    event_emit(&sink, &event);
}

static void what_was_told_is_left_out(void **state)
{
    static struct told_once told;
    const struct event_sink to = { .emit = hear };
    static const struct {
        bool is_quiet, counts;
        const char *names[2];
        unsigned want;
    } times[] = {
        { true, true, { "a", "b" }, 2 },  /* nothing was told before */
        { true, true, { "a", "b" }, 0 },  /* the same */
        { false, true, { "a", "b" }, 2 }, /* all of it is wanted */
        { true, false, { "a", "c" }, 1 }, /* a time that came to nothing ... */
        { true, true, { "a", "c" }, 1 },  /* ... is as if it had not been */
        { true, true, { "b", "c" }, 1 },  /* b was not among the last */
    };
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        heard = 0;
        told_once_begin(&told, &to, times[i].is_quiet);
        for (size_t k = 0; k < 2; k++)
            tell(&told, times[i].names[k], "why");
        told_once_end(&told, times[i].counts);
        if (heard != times[i].want)
            fail_msg("time %zu: %u were told", i, heard);
    }
    heard = 0;
    told_once_begin(&told, &to, true);
    tell(&told, "b", "another reason");
    assert_int_equal(heard, 1);
}

static void too_many_are_all_told(void **state)
{
    static struct told_once told;
    const struct event_sink to = { .emit = hear };
    char name[3] = "";
    (void)state;
    for (unsigned time = 0; time < 2; time++) {
        heard = 0;
        told_once_begin(&told, &to, true);
        for (unsigned i = 0; i < TOLD_ONCE_MAX + 10; i++) {
            name[0] = (char)('a' + i % 26);
            name[1] = (char)('a' + i / 26);
            tell(&told, name, "");
        }
        told_once_end(&told, true);
        assert_int_equal(heard, time == 0 ? TOLD_ONCE_MAX + 10 : 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_told_is_left_out),
        cmocka_unit_test(too_many_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

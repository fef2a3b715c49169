/* Which events a word of a filter stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/event_filter.h"

#include <cmocka.h>

struct filter_case {
    const char *word;
    bool is_one;
    enum event_id takes, leaves;
};

static const struct filter_case cases[] = {
    { "all", true, EVENT_DHCP_DISCOVER, EVENT_FILE_PROGRESS },
    { "ALL", true, EVENT_SERVER_STARTED, EVENT_WEBHOOK_TEST },
    { "warning", true, EVENT_BOOT_STALLED, EVENT_DHCP_DISCOVER },
    { "Error", true, EVENT_STORE_FAILED, EVENT_BOOT_STALLED },
    { "notice", true, EVENT_SERVER_STARTED, EVENT_DHCP_DISCOVER },
    { "dhcp", true, EVENT_DHCP_DISCOVER, EVENT_SERVER_STARTED },
    { "stalled", true, EVENT_BOOT_STALLED, EVENT_BOOT_DONE },
    { "BOOT_DONE", true, EVENT_BOOT_DONE, EVENT_BOOT_STALLED },
    { "boot_done", true, EVENT_BOOT_DONE, EVENT_BOOT_LOCAL },
    { "BOOT_*", true, EVENT_BOOT_STALLED, EVENT_DHCP_DISCOVER },
    { "WEBHOOK_*", true, EVENT_WEBHOOK_TEST, EVENT_BOOT_DONE },
    { "", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "*", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "none", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "BOOT_DON", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "BOOT_DONE_", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "debug", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
    { "BOOT*DONE", false, EVENT_BOOT_DONE, EVENT_BOOT_DONE },
};

static void words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct filter_case *c = &cases[i];
        struct event_filter filter = { 0 };
        bool is_one = event_filter_add(&filter, span_text(c->word));
        if (is_one != c->is_one || (is_one && (!event_filter_takes(&filter, c->takes) ||
                                               event_filter_takes(&filter, c->leaves))))
            fail_msg("%s", c->word);
    }
}

static void words_add_up(void **state)
{
    struct event_filter filter = { 0 };
    (void)state;
    assert_true(event_filter_add(&filter, span_text("BOOT_DONE")));
    assert_true(event_filter_add(&filter, span_text("error")));
    assert_true(event_filter_takes(&filter, EVENT_BOOT_DONE));
    assert_true(event_filter_takes(&filter, EVENT_STORE_FAILED));
    assert_false(event_filter_takes(&filter, EVENT_DHCP_DISCOVER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(words_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

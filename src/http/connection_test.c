/* The life of a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "http/connection.h"

#include <cmocka.h>

static const struct {
    enum http_connection_state from;
    enum http_connection_event event;
    enum http_connection_state to;
} walk[] = {
    { HTTP_WAITING, HTTP_EVENT_BEGUN, HTTP_READING },
    { HTTP_WAITING, HTTP_EVENT_DEADLINE, HTTP_CLOSED },
    { HTTP_READING, HTTP_EVENT_BEGUN, HTTP_READING },
    { HTTP_READING, HTTP_EVENT_DEADLINE, HTTP_DRAINING },
    { HTTP_READING, HTTP_EVENT_ANSWERED, HTTP_WAITING },
    { HTTP_READING, HTTP_EVENT_NO_DESCRIPTOR, HTTP_OPENING },
    { HTTP_OPENING, HTTP_EVENT_ANSWERED, HTTP_WAITING },
    { HTTP_OPENING, HTTP_EVENT_BLOCKED, HTTP_SENDING },
    { HTTP_SENDING, HTTP_EVENT_BEGUN, HTTP_CLOSED },
    { HTTP_SENDING, HTTP_EVENT_DEADLINE, HTTP_CLOSED },
    { HTTP_SENDING, HTTP_EVENT_LAST_ANSWERED, HTTP_DRAINING },
    { HTTP_DRAINING, HTTP_EVENT_BEGUN, HTTP_DRAINING },
    { HTTP_GREETING, HTTP_EVENT_GREETED, HTTP_WAITING },
    { HTTP_GREETING, HTTP_EVENT_BEGUN, HTTP_CLOSED },
    { HTTP_GREETING, HTTP_EVENT_LAST_ANSWERED, HTTP_DRAINING },
    { HTTP_GREETING, HTTP_EVENT_DEADLINE, HTTP_DRAINING },
    { HTTP_WAITING, HTTP_EVENT_GREETED, HTTP_CLOSED },
    { HTTP_DRAINING, HTTP_EVENT_DEADLINE, HTTP_CLOSED },
};

static void moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof walk / sizeof walk[0]; i++)
        assert_int_equal(http_connection_next(walk[i].from, walk[i].event), walk[i].to);
    for (int s = 0; s < HTTP_STATE_COUNT; s++) {
        enum http_connection_state from = (enum http_connection_state)s;
        assert_int_equal(http_connection_next(from, HTTP_EVENT_GONE), HTTP_CLOSED);
        for (int e = 0; e < HTTP_EVENT_COUNT; e++)
            assert_int_equal(http_connection_next(HTTP_CLOSED, (enum http_connection_event)e),
                             HTTP_CLOSED);
        bool lives = from != HTTP_CLOSED;
        assert_int_equal(http_connection_patience(from, &http_timeouts_boot).ns > 0, lives);
    }
}

static void a_slow_head_has_one_deadline(void **state)
{
    (void)state;
    assert_false(http_connection_restarts(HTTP_READING, HTTP_EVENT_BEGUN));
    assert_false(http_connection_restarts(HTTP_GREETING, HTTP_EVENT_BLOCKED));
    assert_true(http_connection_restarts(HTTP_SENDING, HTTP_EVENT_BLOCKED));
    assert_true(http_connection_restarts(HTTP_WAITING, HTTP_EVENT_ANSWERED));
    assert_int_equal(http_connection_late(HTTP_READING), HTTP_HEAD_TIMED_OUT);
    assert_int_equal(http_connection_late(HTTP_SENDING), HTTP_WRITE_STALLED);
    assert_int_equal(http_connection_late(HTTP_WAITING), HTTP_SOUND);
    assert_int_equal(http_connection_late(HTTP_GREETING), HTTP_SOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),
        cmocka_unit_test(a_slow_head_has_one_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

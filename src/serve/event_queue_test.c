/* In what order events of one machine come out of the queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "serve/event_queue.h"

#include <cmocka.h>

struct seen {
    char text[256];
};

static void see(void *context, const struct event *event)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    struct text t = text_over(seen->text + len, sizeof seen->text - len);
    text_addf(&t, "%s%u:%s", len > 0 ? " " : "", (unsigned)event->machine, event_name(event->id));
}

static void see_packet(void *context, const struct seen_packet *packet)
{
    (void)context;
    (void)packet;
}

struct happening {
    enum event_id id;
    uint64_t machine;
    int64_t ms;
};

static const struct {
    const char *name;
    struct happening told[5];
    const char *want;
} cases[] = {
    { "as told",
      { { EVENT_DHCP_ACK_SENT, 1, 10 }, { EVENT_SCRIPT_SENT, 1, 11 } },
      "1:DHCP_ACK_SENT 1:SCRIPT_SENT" },
    { "told late",
      { { EVENT_SCRIPT_SENT, 1, 11 }, { EVENT_DHCP_ACK_SENT, 1, 10 } },
      "1:DHCP_ACK_SENT 1:SCRIPT_SENT" },
    { "within a millisecond",
      { { EVENT_SCRIPT_SENT, 1, 10 }, { EVENT_DHCP_ACK_SENT, 1, 10 } },
      "1:DHCP_ACK_SENT 1:SCRIPT_SENT" },
    { "within a millisecond, the same step",
      { { EVENT_DHCP_ACK_SENT, 1, 10 }, { EVENT_DHCP_DISCOVER, 1, 10 } },
      "1:DHCP_ACK_SENT 1:DHCP_DISCOVER" },
    { "another machine's",
      { { EVENT_SCRIPT_SENT, 2, 11 }, { EVENT_DHCP_ACK_SENT, 1, 10 } },
      "2:SCRIPT_SENT 1:DHCP_ACK_SENT" },
    { "past another machine's",
      { { EVENT_SCRIPT_SENT, 1, 12 },
        { EVENT_SCRIPT_SENT, 2, 13 },
        { EVENT_DHCP_ACK_SENT, 1, 11 },
        { EVENT_DHCP_OFFER_SENT, 1, 10 } },
      "1:DHCP_OFFER_SENT 1:DHCP_ACK_SENT 1:SCRIPT_SENT 2:SCRIPT_SENT" },
    { "of no machine",
      { { EVENT_SERVER_RELOADED, 0, 12 }, { EVENT_SERVER_STARTED, 0, 11 } },
      "0:SERVER_RELOADED 0:SERVER_STARTED" },
};

static void the_order_of_what_happened(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = { 0 };
        const struct event_queue_reader reader = { see, see_packet, &seen };
        struct event_queue *queue;
        struct loop *loop;
        assert_int_equal(loop_new(&loop), 0);
        assert_int_equal(event_queue_new(loop, &reader, &queue), 0);
        struct event_sink sink = event_queue_sink(queue);
        for (size_t k = 0; k < 5 && cases[i].told[k].ms > 0; k++) {
            const struct happening *h = &cases[i].told[k];
            struct event event =
                event_make(h->id, (struct now){ .calendar = { h->ms } }, h->machine);
            event_emit(&sink, &event);
        }
        event_queue_drain(queue);
        if (strcmp(seen.text, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, seen.text);
        loop_run_posted(loop);
        event_queue_free(queue);
        loop_free(loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_order_of_what_happened) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

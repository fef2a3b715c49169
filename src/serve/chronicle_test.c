/* The chronicle: minutes that are counted and make room for newer ones, and other servers, of which
 * no more are kept than there is room for. A minute lasts a millisecond here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "net/clock.h"
#include "serve/chronicle.h"

#include <cmocka.h>

struct bench {
    struct loop *loop;
    struct recorder *recorder;
    struct chronicle *chronicle;
    uint32_t minutes, stop_after;
};

/* Called once a minute. */
static uint32_t count_leases(void *context)
{
    struct bench *b = context;
    if (++b->minutes == b->stop_after)
        loop_stop(b->loop);
    return b->minutes;
}

static void start(struct bench *b, uint32_t minute_ms)
{
    *b = (struct bench){ 0 };
    assert_int_equal(loop_new(&b->loop), 0);
    const struct recorder_settings recorder = { .loop = b->loop, .machines_max = 4 };
    assert_int_equal(recorder_new(&recorder, &b->recorder), 0);
    const struct chronicle_settings settings = { .loop = b->loop,
                                                 .recorder = b->recorder,
                                                 .count_leases = count_leases,
                                                 .context = b,
                                                 .minute_ms = minute_ms };
    assert_int_equal(chronicle_new(&settings, &b->chronicle), 0);
}

static void end(struct bench *b)
{
    chronicle_free(b->chronicle);
    recorder_free(b->recorder);
    loop_free(b->loop);
}

static void emit(struct bench *b, enum event_id id, uint32_t server, const char *interface)
{
    struct event_sink sink = event_queue_sink(recorder_queue(b->recorder));
    struct event event = event_make(id, clock_read(), 0);
    if (server != 0)
        event_add_ipv4(&event, "server", server);
    if (interface)
        event_add_text(&event, "interface", interface);
    event_emit(&sink, &event);
}

struct collected {
    struct api_minute minutes[CHRONICLE_MINUTES];
    struct ipv4 servers[64];
    bool boots[64], gives[64];
    char interfaces[64][16];
    size_t count;
};

static bool collect_minute(void *context, const struct api_minute *minute)
{
    struct collected *c = context;
    c->minutes[c->count++] = *minute;
    return true;
}

static bool collect_server(void *context, const struct api_other_server *server)
{
    struct collected *c = context;
    c->servers[c->count] = server->address;
    c->boots[c->count] = server->boots;
    c->gives[c->count] = server->gives_addresses;
    span_to_text(span_text(server->interface), c->interfaces[c->count], 16);
    c->count++;
    return true;
}

static void counts_by_the_minute(void **state)
{
    static struct collected seen;
    struct bench b;
    (void)state;
    start(&b, 1);
    emit(&b, EVENT_BOOT_DONE, 0, NULL);
    emit(&b, EVENT_BOOT_STALLED, 0, NULL);
    emit(&b, EVENT_BOOT_LOCAL, 0, NULL);
    recorder_flush(b.recorder);
    b.stop_after = 3;
    assert_int_equal(loop_run(b.loop), 0);
    chronicle_each_minute(b.chronicle, (struct calendar){ 0 }, collect_minute, &seen);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.minutes[0].boots_done, 2);
    assert_int_equal(seen.minutes[0].boots_stalled, 1);
    assert_int_equal(seen.minutes[1].boots_done, 0);
    assert_int_equal(seen.minutes[2].leases, 3);
    const struct calendar after = seen.minutes[1].begins;
    seen.count = 0;
    chronicle_each_minute(b.chronicle, after, collect_minute, &seen);
    assert_int_equal(seen.count, 1);
    end(&b);
}

static void keeps_a_day(void **state)
{
    static struct collected seen;
    struct bench b;
    (void)state;
    start(&b, 1);
    b.stop_after = CHRONICLE_MINUTES + 5;
    assert_int_equal(loop_run(b.loop), 0);
    chronicle_each_minute(b.chronicle, (struct calendar){ 0 }, collect_minute, &seen);
    assert_int_equal(seen.count, CHRONICLE_MINUTES);
    assert_int_equal(seen.minutes[0].leases, 6);
    end(&b);
}

static void hears_of_other_servers(void **state)
{
    struct collected seen = { 0 };
    struct bench b;
    (void)state;
    start(&b, 0);
    emit(&b, EVENT_DHCP_OTHER_CHOSEN, 0x0a000001, NULL);
    emit(&b, EVENT_FOREIGN_BOOT_SERVER, 0x0a000001, "eth0");
    emit(&b, EVENT_FOREIGN_DHCP_SERVER, 0x0a000002, "eth1");
    emit(&b, EVENT_FOREIGN_DHCP_SERVER, 0, "eth1");
    emit(&b, EVENT_BOOT_DONE, 0x0a000003, NULL);
    recorder_flush(b.recorder);
    chronicle_each_server(b.chronicle, collect_server, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.servers[0].value, 0x0a000001);
    assert_true(seen.boots[0] && seen.gives[0]);
    assert_string_equal(seen.interfaces[0], "eth0");
    assert_true(!seen.boots[1] && seen.gives[1]);
    for (uint32_t i = 0; i < 40; i++)
        emit(&b, EVENT_FOREIGN_DHCP_SERVER, 0x0b000000 + i + 1, "eth1");
    recorder_flush(b.recorder);
    seen.count = 0;
    chronicle_each_server(b.chronicle, collect_server, &seen);
    assert_int_equal(seen.count, CHRONICLE_SERVERS);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_the_minute),
        cmocka_unit_test(keeps_a_day),
        cmocka_unit_test(hears_of_other_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

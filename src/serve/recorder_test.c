/* The flight recorder: numbering, memory of events and packets with their bounds, listeners, and
 * events from several threads. (When a silence is a stall is tested with boot/progress.) */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/clock.h"
#include "serve/recorder.h"

#include <cmocka.h>

#define MACHINE UINT64_C(0x525400000001)

struct bench {
    struct loop *loop;
    struct recorder *recorder;
    struct recorder_listener listener;
    struct event last;
    int told;
    int stop_after;
};

static void note(struct recorder_listener *listener, const struct event *event)
{
    struct bench *b = listener->context;
    b->told++;
    b->last = *event;
}

static void start(struct bench *b, uint64_t last_sequence, uint32_t machines)
{
    *b = (struct bench){ .listener = { .told = note, .context = b } };
    assert_int_equal(loop_new(&b->loop), 0);
    const struct recorder_settings settings = { .loop = b->loop,
                                                .last_sequence = last_sequence,
                                                .machines_max = machines };
    assert_int_equal(recorder_new(&settings, &b->recorder), 0);
    recorder_listen(b->recorder, &b->listener);
}

static void end(struct bench *b)
{
    recorder_free(b->recorder);
    loop_free(b->loop);
}

static void emit(struct bench *b, enum event_id id, uint64_t machine)
{
    struct event_sink sink = event_queue_sink(recorder_queue(b->recorder));
    struct event event = event_make(id, clock_read(), machine);
    event_emit(&sink, &event);
}

struct seen_events {
    uint64_t sequences[600];
    int count;
};

static bool collect(void *context, const struct event *event)
{
    struct seen_events *seen = context;
    seen->sequences[seen->count++] = event->sequence;
    return true;
}

static void numbers_go_on_where_the_store_ended(void **state)
{
    struct bench b;
    struct seen_events seen = { 0 };
    uint64_t first;
    (void)state;
    start(&b, 41, 4);
    emit(&b, EVENT_DHCP_DISCOVER, MACHINE);
    emit(&b, EVENT_SERVER_RELOADED, 0);
    recorder_flush(b.recorder);
    assert_int_equal(b.told, 2);
    assert_int_equal(b.last.sequence, 43);
    recorder_each_event(b.recorder, MACHINE, 0, collect, &seen, &first);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.sequences[0], 42);
    assert_int_equal(first, 42);
    recorder_each_event(b.recorder, 0, 42, collect, &seen, &first);
    assert_int_equal(seen.sequences[1], 43);
    end(&b);
}

static void the_oldest_events_leave_memory_first(void **state)
{
    struct bench b;
    struct seen_events *seen = calloc(1, sizeof *seen);
    uint64_t first;
    (void)state;
    start(&b, 0, 4);
    for (int i = 0; i < 520; i++) {
        emit(&b, EVENT_TFTP_DONE, MACHINE);
        recorder_flush(b.recorder);
    }
    recorder_each_event(b.recorder, 0, 0, collect, seen, &first);
    assert_int_equal(seen->count, 512);
    assert_int_equal(first, 9);
    assert_int_equal(seen->sequences[511], 520);
    free(seen);
    end(&b);
}

static void how_far_a_file_is_is_told_and_not_kept(void **state)
{
    struct bench b;
    uint64_t first;
    struct seen_events *seen = calloc(1, sizeof *seen);
    (void)state;
    start(&b, 0, 4);
    emit(&b, EVENT_SCRIPT_SENT, MACHINE);
    emit(&b, EVENT_FILE_PROGRESS, MACHINE);
    emit(&b, EVENT_HTTP_KERNEL_DONE, MACHINE);
    recorder_flush(b.recorder);
    assert_int_equal(b.told, 3);
    recorder_each_event(b.recorder, 0, 0, collect, seen, &first);
    assert_int_equal(seen->count, 2);
    assert_int_equal(seen->sequences[1], 3);
    free(seen);
    end(&b);
}

static void a_full_queue_drops_and_counts(void **state)
{
    struct bench b;
    (void)state;
    start(&b, 0, 4);
    for (int i = 0; i < 2000; i++)
        emit(&b, EVENT_HTTP_REFUSED, 0);
    /* Refused requests never take the room of a boot's own steps. */
    for (int i = 0; i < 100; i++)
        emit(&b, EVENT_BOOT_DONE, MACHINE);
    recorder_flush(b.recorder);
    struct recorder_counts counts = recorder_counts(b.recorder);
    assert_int_equal(counts.last_sequence + counts.dropped, 2100);
    assert_true(counts.dropped > 0);
    assert_int_equal(counts.boots_done, 100);
    assert_int_equal(counts.refused, counts.last_sequence - 100);
    end(&b);
}

static bool count_packet(void *context, const struct seen_packet *packet)
{
    int *sums = context;
    sums[0]++;
    sums[1] += packet->len;
    sums[2] = packet->bytes[0];
    return true;
}

static void the_last_packets_of_a_machine_are_kept(void **state)
{
    struct bench b;
    int sums[3] = { 0 };
    (void)state;
    start(&b, 0, 2);
    for (uint8_t i = 0; i < 40; i++) {
        const uint8_t bytes[] = { i, 1, 2 };
        event_queue_packet(recorder_queue(b.recorder), MACHINE, clock_read(), i % 2 == 0,
                           (struct endpoint){ { 1 }, 67 }, (struct endpoint){ { 2 }, 68 },
                           span_of(bytes, sizeof bytes));
    }
    recorder_flush(b.recorder);
    assert_true(recorder_each_packet(b.recorder, MACHINE, count_packet, sums));
    assert_int_equal(sums[0], 32);
    assert_int_equal(sums[1], 96);
    assert_int_equal(sums[2], 39);
    assert_false(recorder_each_packet(b.recorder, MACHINE + 1, count_packet, sums));
    /* Two more machines push the first one out; its packets go with it. */
    emit(&b, EVENT_DHCP_DISCOVER, MACHINE + 1);
    emit(&b, EVENT_DHCP_DISCOVER, MACHINE + 2);
    recorder_flush(b.recorder);
    assert_false(recorder_each_packet(b.recorder, MACHINE, count_packet, sums));
    assert_non_null(recorder_progress(b.recorder, MACHINE + 2));
    end(&b);
}

static void *emit_from_a_thread(void *context)
{
    for (int i = 0; i < 200; i++)
        emit(context, EVENT_TFTP_STARTED, MACHINE);
    return NULL;
}

static void stop_when_all_are_told(struct recorder_listener *listener, const struct event *event)
{
    struct bench *b = listener->context;
    (void)event;
    if (++b->told == b->stop_after)
        loop_stop(b->loop);
}

static void threads_emit_while_the_loop_runs(void **state)
{
    struct bench b;
    pthread_t threads[3];
    (void)state;
    start(&b, 0, 4);
    b.listener.told = stop_when_all_are_told;
    b.stop_after = 600;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, emit_from_a_thread, &b), 0);
    assert_int_equal(loop_run(b.loop), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(recorder_counts(b.recorder).last_sequence, 600);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_on_where_the_store_ended),
        cmocka_unit_test(the_oldest_events_leave_memory_first),
        cmocka_unit_test(how_far_a_file_is_is_told_and_not_kept),
        cmocka_unit_test(a_full_queue_drops_and_counts),
        cmocka_unit_test(the_last_packets_of_a_machine_are_kept),
        cmocka_unit_test(threads_emit_while_the_loop_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

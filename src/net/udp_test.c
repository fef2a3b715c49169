/* UDP over loopback: what arrives is told whole, batches, segments, and the fallback without them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "net/udp.h"

#include <cmocka.h>

static const struct ipv4 loopback = { 0x7f000001 };

struct pair {
    int from, to; /* `to` reports arrival */
    struct udp_route route;
    struct udp_batch *batch;
};

static struct pair make_pair(void)
{
    struct pair p;
    const struct udp_settings from = { .addr = loopback };
    const struct udp_settings to = { .arrival = true, .receive_buffer = 1 << 20 };
    assert_int_equal(udp_open(&from, &p.from), 0);
    assert_int_equal(udp_open(&to, &p.to), 0);
    assert_int_equal(udp_batch_new(&p.batch), 0);
    p.route = (struct udp_route){ .to = { loopback, udp_local_port(p.to) } };
    assert_int_not_equal(p.route.to.port, 0);
    return p;
}

static void free_pair(struct pair *p)
{
    close(p->from);
    close(p->to);
    udp_batch_free(p->batch);
}

static void a_packet_arrives_with_its_facts(void **state)
{
    struct pair p = make_pair();
    (void)state;
    assert_int_equal(udp_receive(p.to, p.batch), 0); /* nothing waits */
    assert_int_equal(udp_send(p.from, &p.route, span_text("hello")), 0);
    assert_int_equal(udp_receive(p.to, p.batch), 1);
    const struct udp_packet *packet = udp_batch_packet(p.batch, 0);
    assert_true(span_is(packet->bytes, "hello"));
    assert_true(ipv4_equals(packet->source.addr, loopback));
    assert_int_equal(packet->source.port, udp_local_port(p.from));
    assert_true(ipv4_equals(packet->local, loopback));
    assert_int_not_equal(packet->interface, 0);
    assert_int_not_equal(udp_interface_mtu(p.to, packet->interface), 0);
    assert_int_equal(udp_interface_mtu(p.to, 0), 0);
    assert_int_equal(udp_interface_mtu(p.to, 0x7fffffff), 0);
    free_pair(&p);
}

static void the_source_address_can_be_chosen(void **state)
{
    struct pair p = make_pair();
    const struct udp_settings any = { .addr = { 0 } };
    int fd;
    (void)state;
    assert_int_equal(udp_open(&any, &fd), 0);
    p.route.from = (struct ipv4){ 0x7f000002 };
    assert_int_equal(udp_send(fd, &p.route, span_text("x")), 0);
    assert_int_equal(udp_receive(p.to, p.batch), 1);
    assert_int_equal(udp_batch_packet(p.batch, 0)->source.addr.value, 0x7f000002);
    close(fd);
    free_pair(&p);
}

static void one_at_a_time_is_one(void **state)
{
    struct pair p = make_pair();
    static uint8_t big[UDP_PACKET_MAX + 1];
    (void)state;
    assert_int_equal(udp_receive_one(p.to, p.batch), 0);
    assert_int_equal(udp_send(p.from, &p.route, span_text("a")), 0);
    assert_int_equal(udp_send(p.from, &p.route, span_text("")), 0);
    assert_int_equal(udp_send(p.from, &p.route, span_of(big, sizeof big)), 0);
    assert_int_equal(udp_send(p.from, &p.route, span_of(big, UDP_PACKET_MAX)), 0);
    assert_int_equal(udp_receive_one(p.to, p.batch), 1);
    assert_true(span_is(udp_batch_packet(p.batch, 0)->bytes, "a"));
    assert_int_equal(udp_batch_packet(p.batch, 0)->source.port, udp_local_port(p.from));
    assert_int_equal(udp_receive_one(p.to, p.batch), 1);
    assert_int_equal(udp_batch_packet(p.batch, 0)->bytes.len, 0);
    assert_int_equal(udp_receive_one(p.to, p.batch), 0); /* too long: dropped */
    assert_int_equal(udp_receive_one(p.to, p.batch), 1);
    assert_int_equal(udp_batch_packet(p.batch, 0)->bytes.len, UDP_PACKET_MAX);
    free_pair(&p);
}

static void a_batch_is_bounded_and_drops_what_is_too_long(void **state)
{
    struct pair p = make_pair();
    static uint8_t big[UDP_PACKET_MAX + 1];
    (void)state;
    for (int i = 0; i < UDP_BATCH_MAX + 3; i++) {
        uint8_t number = (uint8_t)i;
        struct span bytes = i == 1 ? span_of(big, sizeof big) : span_of(&number, 1);
        assert_int_equal(udp_send(p.from, &p.route, bytes), 0);
    }
    assert_int_equal(udp_receive(p.to, p.batch), UDP_BATCH_MAX - 1);
    assert_int_equal(udp_batch_packet(p.batch, 0)->bytes.data[0], 0);
    assert_int_equal(udp_batch_packet(p.batch, 1)->bytes.data[0], 2);
    assert_int_equal(udp_receive(p.to, p.batch), 3);
    free_pair(&p);
}

static void check_segments(struct pair *p, size_t size, size_t segment, bool plain)
{
    static uint8_t bytes[UDP_SEGMENT_SUM];
    size_t at = 0;
    bool path = plain;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    int count = (int)((size + segment - 1) / segment);
    assert_int_equal(udp_send_segments(p->from, &p->route, span_of(bytes, size), segment, &path),
                     count);
    assert_true(path || !plain);
    while (at < size) {
        int n = udp_receive(p->to, p->batch);
        assert_true(n > 0);
        for (int i = 0; i < n; i++) {
            struct span got = udp_batch_packet(p->batch, i)->bytes;
            assert_int_equal(got.len, size - at < segment ? size - at : segment);
            assert_memory_equal(got.data, bytes + at, got.len);
            at += got.len;
        }
    }
    assert_int_equal(udp_receive(p->to, p->batch), 0);
}

static void segments_arrive_as_packets_with_and_without_the_kernels_help(void **state)
{
    static const struct {
        size_t size, segment;
    } cases[] = { { 1, 512 },      { 512, 512 },        { 513, 512 },       { 1024, 512 },
                  { 16000, 1472 }, { 64 * 1000, 1000 }, { 44 * 1472, 1472 } };
    struct pair p = make_pair();
    bool path = false;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int plain = 0; plain <= 1; plain++)
            check_segments(&p, cases[i].size, cases[i].segment, plain);
    assert_int_equal(udp_send_segments(p.from, &p.route, span_of("", 0), 512, &path), 0);
    free_pair(&p);
}

static void refused_segmentation_is_remembered(void **state)
{
    struct pair p = make_pair();
    static uint8_t bytes[60000];
    bool plain = false;
    (void)state;
    /* a segment larger than the MTU of loopback cannot be, but more than 64 segments are refused
     * by every kernel before 6.9 and more than 128 by all: the packets go singly */
    assert_int_equal(udp_send_segments(p.from, &p.route, span_of(bytes, 200), 1, &plain), 200);
    assert_true(plain);
    int got = 0;
    for (int n = 0; (n = udp_receive(p.to, p.batch)) > 0;)
        got += n;
    assert_int_equal(got, 200);
    free_pair(&p);
}

static void a_refusal_by_the_other_side_stops_nothing(void **state)
{
    struct pair p = make_pair();
    (void)state;
    struct udp_route nowhere = p.route;
    const struct udp_settings taken = { .addr = loopback };
    int fd;
    assert_int_equal(udp_open(&taken, &fd), 0);
    nowhere.to.port = udp_local_port(fd);
    close(fd);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(udp_send(p.from, &nowhere, span_text("x")), 0);
        assert_int_equal(udp_send(p.from, &p.route, span_text("y")), 0);
        assert_int_equal(udp_receive_one(p.from, p.batch), 0);
    }
    assert_int_equal(udp_receive(p.to, p.batch), 3);
    free_pair(&p);
}

static void a_taken_port_is_said(void **state)
{
    struct pair p = make_pair();
    struct udp_settings again = { .port = udp_local_port(p.to) };
    int fd = -1;
    (void)state;
    assert_int_equal(udp_open(&again, &fd), -EADDRINUSE);
    assert_int_equal(fd, -1);
    again = (struct udp_settings){ .addr = loopback, .share_port = true };
    int other;
    assert_int_equal(udp_open(&again, &fd), 0);
    again.port = udp_local_port(fd);
    assert_int_equal(udp_open(&again, &other), 0);
    close(fd);
    close(other);
    free_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_arrives_with_its_facts),
        cmocka_unit_test(the_source_address_can_be_chosen),
        cmocka_unit_test(one_at_a_time_is_one),
        cmocka_unit_test(a_batch_is_bounded_and_drops_what_is_too_long),
        cmocka_unit_test(segments_arrive_as_packets_with_and_without_the_kernels_help),
        cmocka_unit_test(refused_segmentation_is_remembered),
        cmocka_unit_test(a_refusal_by_the_other_side_stops_nothing),
        cmocka_unit_test(a_taken_port_is_said),
    };
    return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}

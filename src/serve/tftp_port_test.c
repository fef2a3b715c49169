/* The TFTP port in process, over a plain folder on loopback: what happens at its limits. Each lane
 * runs its loop in a thread of its own; what a test changes there, it posts. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/udp.h"
#include "serve/folder_provider.h"
#include "serve/tftp_port.h"
#include "tftp/packet.h"

#include <cmocka.h>

#define FILE_BYTES  40000
#define CLIENTS_MAX 64
#define QUIET_MS    150
#define PATIENCE_MS 3000

static const struct ipv4 loopback = { 0x7f000001 };

struct lane {
    pthread_t thread;
    struct loop *loop;
    struct folder_provider *provider;
    struct tftp_port *port;
    int fd;
    pthread_mutex_t lock;
    unsigned seen[EVENT_ID_COUNT];
};

struct site {
    char folder[32];
    struct lane lanes[2];
    size_t lane_count;
    struct endpoint address;
    struct udp_batch *batch;
};

/* Lanes. */

static void count_event(void *context, const struct event *event)
{
    struct lane *lane = context;
    pthread_mutex_lock(&lane->lock);
    lane->seen[event->id]++;
    pthread_mutex_unlock(&lane->lock);
}

static unsigned seen(struct lane *lane, enum event_id id)
{
    pthread_mutex_lock(&lane->lock);
    unsigned n = lane->seen[id];
    pthread_mutex_unlock(&lane->lock);
    return n;
}

static void nap(void)
{
    const struct timespec t = { .tv_nsec = 5000000 };
    nanosleep(&t, NULL);
}

static void wait_for_event(struct lane *lane, enum event_id id, unsigned count)
{
    for (int i = 0; i < PATIENCE_MS / 5 && seen(lane, id) < count; i++)
        nap();
    assert_int_equal(seen(lane, id), count);
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    return loop_run(lane->loop) < 0 ? lane : NULL;
}

static void start_lane(struct site *site, struct lane *lane,
                       const struct tftp_port_settings *settings)
{
    const struct event_sink sink = { .emit = count_event, .context = lane };
    const struct udp_settings socket = {
        .addr = loopback, .port = site->address.port, .share_port = true, .arrival = true
    };
    pthread_mutex_init(&lane->lock, NULL);
    assert_int_equal(udp_open(&socket, &lane->fd), 0);
    assert_int_equal(loop_new(&lane->loop), 0);
    assert_int_equal(folder_provider_new(site->folder, lane->loop, sink, &lane->provider), 0);
    assert_int_equal(tftp_port_new(settings, lane->loop, folder_provider_get(lane->provider),
                                   lane->fd, &lane->port),
                     0);
    site->address = (struct endpoint){ loopback, udp_local_port(lane->fd) };
}

static struct site *site_new(const struct tftp_port_settings *settings, size_t lanes)
{
    struct site *site = calloc(1, sizeof *site);
    static const uint8_t content[FILE_BYTES] = { 1, 2, 3 };
    char path[64];
    assert_non_null(site);
    strncpy(site->folder, "/tmp/tftp-port-XXXXXX", sizeof site->folder - 1);
    assert_non_null(mkdtemp(site->folder));
    snprintf(path, sizeof path, "%s/file", site->folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    assert_int_equal(write(fd, content, sizeof content), sizeof content);
    close(fd);
    site->lane_count = lanes;
    for (size_t i = 0; i < lanes; i++)
        start_lane(site, &site->lanes[i], settings);
    for (size_t i = 0; i < lanes; i++)
        assert_int_equal(pthread_create(&site->lanes[i].thread, NULL, run_lane, &site->lanes[i]),
                         0);
    assert_int_equal(udp_batch_new(&site->batch), 0);
    return site;
}

/* Ends the lanes; nothing may be left open. Returns how many fetches were delivered. */
static uint64_t site_free(struct site *site)
{
    uint64_t delivered = 0;
    char path[64];
    for (size_t i = 0; i < site->lane_count; i++) {
        struct lane *lane = &site->lanes[i];
        loop_stop(lane->loop);
        pthread_join(lane->thread, NULL);
        tftp_port_free(lane->port);
        assert_int_equal(folder_provider_open_count(lane->provider), 0);
        delivered += folder_provider_delivered_count(lane->provider);
        folder_provider_free(lane->provider);
        loop_free(lane->loop);
        pthread_mutex_destroy(&lane->lock);
    }
    snprintf(path, sizeof path, "%s/file", site->folder);
    unlink(path);
    rmdir(site->folder);
    udp_batch_free(site->batch);
    free(site);
    return delivered;
}

struct errand {
    struct work work;
    struct lane *lane;
    int error;
    uint32_t transfers;
    sem_t done;
};

static void set_failure(struct work *work)
{
    struct errand *errand = work->context;
    folder_provider_fail(errand->lane->provider, errand->error);
    sem_post(&errand->done);
}

static void ask_transfers(struct work *work)
{
    struct errand *errand = work->context;
    errand->transfers = tftp_port_transfers(errand->lane->port);
    sem_post(&errand->done);
}

static uint32_t run_errand(struct lane *lane, void (*run)(struct work *), int error)
{
    struct errand errand = { .lane = lane, .error = error, .work.run = run };
    errand.work.context = &errand;
    sem_init(&errand.done, 0, 0);
    loop_post(lane->loop, &errand.work);
    while (sem_wait(&errand.done) < 0 && errno == EINTR)
        ;
    sem_destroy(&errand.done);
    return errand.transfers;
}

/* Clients. */

static int client_new(void)
{
    const struct udp_settings settings = { .addr = loopback };
    int fd;
    assert_int_equal(udp_open(&settings, &fd), 0);
    return fd;
}

static void ask(struct site *site, int fd)
{
    const struct udp_route route = { .to = site->address };
    assert_int_equal(udp_send(fd, &route, span_of("\0\1file\0octet\0blksize\0001024\0", 26)), 0);
}

/* The next packet within the time; its opcode, or -1. */
static int hear(struct site *site, int fd, int ms, struct tftp_packet *ret, struct endpoint *from)
{
    struct pollfd waits = { .fd = fd, .events = POLLIN };
    while (udp_receive_one(fd, site->batch) != 1)
        if (poll(&waits, 1, ms) != 1)
            return -1;
    const struct udp_packet *packet = udp_batch_packet(site->batch, 0);
    *from = packet->source;
    assert_int_equal(tftp_packet_decode(packet->bytes, ret), TFTP_SOUND);
    return (int)ret->opcode;
}

static int hear_opcode(struct site *site, int fd, int ms)
{
    struct tftp_packet packet;
    struct endpoint from;
    return hear(site, fd, ms, &packet, &from);
}

static void acknowledge(int fd, struct endpoint to, uint16_t block)
{
    uint8_t bytes[4];
    struct writer w = writer_over(bytes, sizeof bytes);
    const struct udp_route route = { .to = to };
    tftp_packet_write_ack(&w, block);
    assert_int_equal(udp_send(fd, &route, writer_span(&w)), 0);
}

/* Ask, take the OACK and acknowledge it: the transfer is under way. Where to speak to. */
static struct endpoint start(struct site *site, int fd)
{
    struct tftp_packet packet;
    struct endpoint from;
    ask(site, fd);
    assert_int_equal(hear(site, fd, PATIENCE_MS, &packet, &from), TFTP_OACK);
    acknowledge(fd, from, 0);
    assert_int_equal(hear(site, fd, PATIENCE_MS, &packet, &from), TFTP_DATA);
    return from;
}

static void go_on_to_the_end(struct site *site, int fd, struct endpoint server)
{
    struct tftp_packet packet;
    struct endpoint from;
    for (uint16_t block = 1; block <= FILE_BYTES / 1024; block++) {
        acknowledge(fd, server, block);
        do
            assert_int_equal(hear(site, fd, PATIENCE_MS, &packet, &from), TFTP_DATA);
        while (packet.number == block); /* sent again while we were slow */
        assert_int_equal(packet.number, block + 1);
    }
    acknowledge(fd, server, FILE_BYTES / 1024 + 1);
}

/* Tests, each in both modes. */

static void no_descriptors_and_recovery(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single };
    struct site *site = site_new(&settings, 1);
    struct lane *lane = &site->lanes[0];
    int before = client_new(), fd = client_new();
    struct endpoint server = start(site, before);
    run_errand(lane, set_failure, -EMFILE);
    for (int i = 0; i < 3; i++)
        ask(site, fd);
    assert_int_equal(hear_opcode(site, fd, QUIET_MS), -1); /* it will ask again */
    wait_for_event(lane, EVENT_DESCRIPTORS_EXHAUSTED, 1);
    go_on_to_the_end(site, before, server); /* what is under way goes on */
    run_errand(lane, set_failure, 0);
    go_on_to_the_end(site, fd, start(site, fd));
    wait_for_event(lane, EVENT_TFTP_DONE, 2);
    assert_int_equal(run_errand(lane, ask_transfers, 0), 0);
    close(before);
    close(fd);
    assert_int_equal(site_free(site), 2);
}

static void too_many_requests(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single,
                                                 .requests_per_second = 1,
                                                 .requests_burst = 3 };
    struct site *site = site_new(&settings, 1);
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = client_new();
        ask(site, fds[i]);
        assert_int_equal(hear_opcode(site, fds[i], i < 3 ? PATIENCE_MS : QUIET_MS),
                         i < 3 ? TFTP_OACK : -1);
    }
    wait_for_event(&site->lanes[0], EVENT_RATE_LIMITED, 1);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    site_free(site);
}

static void too_many_transfers_of_a_client(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single, .transfers_of_client = 2 };
    struct site *site = site_new(&settings, 1);
    int fds[3] = { client_new(), client_new(), client_new() };
    start(site, fds[0]);
    struct endpoint server = start(site, fds[1]);
    ask(site, fds[2]);
    assert_int_equal(hear_opcode(site, fds[2], QUIET_MS), -1);
    wait_for_event(&site->lanes[0], EVENT_RATE_LIMITED, 1);
    go_on_to_the_end(site, fds[1], server);
    start(site, fds[2]);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    site_free(site);
}

static void the_half_open_make_room(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single,
                                                 .transfers_max = 4,
                                                 .transfers_of_client = 100 };
    struct site *site = site_new(&settings, 1);
    struct lane *lane = &site->lanes[0];
    int fds[5];
    for (int i = 0; i < 5; i++)
        fds[i] = client_new();
    for (int i = 0; i < 4; i++) {
        ask(site, fds[i]);
        assert_int_equal(hear_opcode(site, fds[i], PATIENCE_MS), TFTP_OACK);
    }
    go_on_to_the_end(site, fds[4], start(site, fds[4]));
    wait_for_event(lane, EVENT_TFTP_DONE, 1);
    assert_int_equal(run_errand(lane, ask_transfers, 0), 3);
    /* the one that made room was the first; it may ask anew, in place of the one that lingers */
    go_on_to_the_end(site, fds[0], start(site, fds[0]));
    wait_for_event(lane, EVENT_TFTP_DONE, 2);
    assert_int_equal(run_errand(lane, ask_transfers, 0), 3);
    assert_int_equal(seen(lane, EVENT_TFTP_FULL), 0);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    assert_int_equal(site_free(site), 2);
}

static void full_rows_are_told(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single,
                                                 .transfers_max = 4,
                                                 .transfers_of_client = 100 };
    struct site *site = site_new(&settings, 1);
    struct endpoint server = { 0 };
    int fds[5];
    for (int i = 0; i < 5; i++)
        fds[i] = client_new();
    for (int i = 0; i < 4; i++)
        server = start(site, fds[i]);
    for (int i = 0; i < 3; i++)
        ask(site, fds[4]);
    /* the packets on the others' sockets are theirs */
    assert_int_equal(hear_opcode(site, fds[4], QUIET_MS), -1);
    wait_for_event(&site->lanes[0], EVENT_TFTP_FULL, 1);
    go_on_to_the_end(site, fds[3], server);
    go_on_to_the_end(site, fds[4], start(site, fds[4]));
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    site_free(site);
}

static void a_file_that_shrinks_ends_with_an_error(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single };
    struct site *site = site_new(&settings, 1);
    struct tftp_packet packet;
    struct endpoint server;
    char path[64];
    int fd = client_new();
    ask(site, fd);
    assert_int_equal(hear(site, fd, PATIENCE_MS, &packet, &server), TFTP_OACK);
    snprintf(path, sizeof path, "%s/file", site->folder);
    assert_int_equal(truncate(path, 2000), 0);
    acknowledge(fd, server, 0);
    assert_int_equal(hear_opcode(site, fd, PATIENCE_MS), TFTP_DATA);
    acknowledge(fd, server, 1);
    assert_int_equal(hear_opcode(site, fd, PATIENCE_MS), TFTP_ERROR);
    wait_for_event(&site->lanes[0], EVENT_TFTP_CUT, 1);
    close(fd);
    assert_int_equal(site_free(site), 0);
}

static void lanes_share_a_port(bool single)
{
    const struct tftp_port_settings settings = { .single_port = single };
    struct site *site = site_new(&settings, 2);
    int fds[CLIENTS_MAX];
    struct endpoint servers[CLIENTS_MAX];
    for (int i = 0; i < CLIENTS_MAX; i++) {
        fds[i] = client_new();
        servers[i] = start(site, fds[i]);
    }
    assert_true(seen(&site->lanes[0], EVENT_TFTP_STARTED) > 0);
    assert_true(seen(&site->lanes[1], EVENT_TFTP_STARTED) > 0);
    for (int i = 0; i < CLIENTS_MAX; i++) {
        go_on_to_the_end(site, fds[i], servers[i]);
        close(fds[i]);
    }
    for (int i = 0; i < PATIENCE_MS / 5; i++) {
        if (seen(&site->lanes[0], EVENT_TFTP_DONE) + seen(&site->lanes[1], EVENT_TFTP_DONE) ==
            CLIENTS_MAX)
            break;
        nap();
    }
    assert_int_equal(site_free(site), CLIENTS_MAX);
}

#define IN_BOTH_MODES(test)                                                                        \
    static void test##_classic(void **state)                                                       \
    {                                                                                              \
        (void)state;                                                                               \
        test(false);                                                                               \
    }                                                                                              \
    static void test##_single(void **state)                                                        \
    {                                                                                              \
        (void)state;                                                                               \
        test(true);                                                                                \
    }

IN_BOTH_MODES(no_descriptors_and_recovery)
IN_BOTH_MODES(too_many_requests)
IN_BOTH_MODES(too_many_transfers_of_a_client)
IN_BOTH_MODES(the_half_open_make_room)
IN_BOTH_MODES(full_rows_are_told)
IN_BOTH_MODES(a_file_that_shrinks_ends_with_an_error)
IN_BOTH_MODES(lanes_share_a_port)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_descriptors_and_recovery_classic),
        cmocka_unit_test(no_descriptors_and_recovery_single),
        cmocka_unit_test(too_many_requests_classic),
        cmocka_unit_test(too_many_requests_single),
        cmocka_unit_test(too_many_transfers_of_a_client_classic),
        cmocka_unit_test(too_many_transfers_of_a_client_single),
        cmocka_unit_test(the_half_open_make_room_classic),
        cmocka_unit_test(the_half_open_make_room_single),
        cmocka_unit_test(full_rows_are_told_classic),
        cmocka_unit_test(full_rows_are_told_single),
        cmocka_unit_test(a_file_that_shrinks_ends_with_an_error_classic),
        cmocka_unit_test(a_file_that_shrinks_ends_with_an_error_single),
        cmocka_unit_test(lanes_share_a_port_classic),
        cmocka_unit_test(lanes_share_a_port_single),
    };
    return cmocka_run_group_tests_name("tftp port", tests, NULL, NULL);
}

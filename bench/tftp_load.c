/* A crowd of TFTP clients in one thread: each fetches the same file, compares every byte with a
 * local copy, and starts over until the total is reached.
 *
 *   tftp_load ADDRESS PORT NAME COPY CLIENTS TRANSFERS [blksize N] [windowsize N]
 *             [timeout MS] [give-up SECONDS] [loss PERMILLE] [seed N]
 *
 * Without blksize and windowsize no option is sent. With "loss" so many of a thousand packets are
 * thrown away in each direction, the same ones for the same seed. A client that hears nothing for
 * `timeout` repeats what it sent last, as RFC 1350 wants it. Prints one JSON line; exit 0 when all
 * transfers finished whole. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/loop.h"
#include "net/udp.h"
#include "tftp/request.h"

#define RETRIES_MAX    30
#define TICK           duration_ms(20)
#define RECEIVE_BUFFER (1 << 20)

struct client {
    struct load *load;
    struct watch watch;
    struct udp_route route; /* port 0: the server's port of this transfer is not known yet */
    bool agreed;            /* options are settled: OACK or first DATA came */
    uint16_t window, unacked;
    uint32_t block_size;
    uint64_t last;      /* blocks received in order */
    uint64_t gap_after; /* the value of `last` for which a gap was told */
    struct instant started, heard;
    uint32_t tries;
};

struct load {
    struct loop *loop;
    struct timer tick;
    struct endpoint server;
    struct span request, copy;
    struct udp_batch *batch;
    struct client *clients;
    struct duration patience, give_up;
    uint32_t client_count, total, started, finished, failed, repeats;
    uint32_t loss, block_size, window;
    uint64_t chance, lost;
    struct duration *took;
    struct instant began;
    const char *first_failure;
};

/* xorshift64: only to choose packets to lose. */
static bool is_lost(struct load *load)
{
    if (load->loss == 0)
        return false;
    load->chance ^= load->chance << 13;
    load->chance ^= load->chance >> 7;
    load->chance ^= load->chance << 17;
    bool lost = (load->chance >> 11) % 1000 < load->loss;
    load->lost += lost;
    return lost;
}

static void transmit(struct client *client, struct span bytes)
{
    if (!is_lost(client->load))
        (void)!udp_send(client->watch.fd, &client->route, bytes);
}

static void send_request(struct client *client)
{
    client->route.to = client->load->server;
    transmit(client, client->load->request);
}

static void send_ack(struct client *client)
{
    uint8_t bytes[4];
    struct writer w = writer_over(bytes, sizeof bytes);
    tftp_packet_write_ack(&w, (uint16_t)client->last);
    client->unacked = 0;
    transmit(client, writer_span(&w));
}

static void client_ready(struct watch *watch, uint32_t events);

static void begin(struct client *client)
{
    struct load *load = client->load;
    const struct udp_settings settings = { .addr = { 0 }, .receive_buffer = RECEIVE_BUFFER };
    int fd;
    if (load->started == load->total)
        return;
    load->started++;
    int r = udp_open(&settings, &fd);
    if (r == 0) {
        client->watch =
            (struct watch){ .fd = fd, .events = EPOLLIN, .ready = client_ready, .context = client };
        r = loop_watch(load->loop, &client->watch);
    }
    if (r < 0) {
        fprintf(stderr, "tftp_load: %s\n", strerror(-r));
        exit(1);
    }
    client->agreed = false;
    client->block_size = TFTP_BLOCK_DEFAULT;
    client->window = 1;
    client->unacked = 0;
    client->last = 0;
    client->gap_after = UINT64_MAX;
    client->tries = 0;
    client->started = client->heard = clock_read().steady;
    send_request(client);
}

static void end(struct client *client, const char *failure)
{
    struct load *load = client->load;
    loop_unwatch(load->loop, &client->watch);
    loop_close_later(load->loop, client->watch.fd);
    client->watch.fd = -1;
    if (failure) {
        load->failed++;
        if (!load->first_failure)
            load->first_failure = failure;
    } else {
        load->took[load->finished++] = instant_since(clock_read().steady, client->started);
    }
    if (load->finished + load->failed == load->total)
        loop_stop(load->loop);
    else
        begin(client);
}

static bool take_oack(struct client *client, struct span rest)
{
    struct tftp_options granted;
    struct reader r = reader_over(rest);
    tftp_options_read(&r, &granted);
    if (granted.asked[TFTP_OPTION_BLKSIZE])
        client->block_size = (uint32_t)granted.value[TFTP_OPTION_BLKSIZE];
    if (granted.asked[TFTP_OPTION_WINDOWSIZE])
        client->window = (uint16_t)granted.value[TFTP_OPTION_WINDOWSIZE];
    return client->block_size <= client->load->block_size && client->window <= client->load->window;
}

/* A block in its turn. Returns a failure in words, or NULL. */
static const char *take_block(struct client *client, struct span data, bool *ret_done)
{
    const struct span copy = client->load->copy;
    uint64_t offset = client->last * client->block_size;
    uint64_t left = copy.len - offset;
    size_t want = left < client->block_size ? (size_t)left : client->block_size;
    if (data.len != want)
        return "a block of the wrong length";
    if (want > 0 && memcmp(copy.data + offset, data.data, want) != 0)
        return "content differs";
    client->last++;
    client->unacked++;
    *ret_done = want < client->block_size;
    return NULL;
}

static const char *take_data(struct client *client, const struct tftp_packet *packet,
                             bool *ret_done)
{
    uint16_t ahead = (uint16_t)(packet->number - (uint16_t)client->last);
    client->agreed = true;
    if (ahead == 1) {
        const char *failure = take_block(client, packet->rest, ret_done);
        if (!failure && (*ret_done || client->unacked >= client->window))
            send_ack(client);
        return failure;
    }
    if (ahead == 0 && client->last > 0) {
        send_ack(client); /* our ACK was lost */
    } else if (ahead <= client->window && client->gap_after != client->last) {
        client->gap_after = client->last; /* RFC 7440 section 4 */
        send_ack(client);
    }
    return NULL;
}

/* Returns whether the transfer is over. */
static bool take_packet(struct client *client, const struct udp_packet *in)
{
    struct tftp_packet packet;
    const char *failure = NULL;
    bool done = false;
    if (is_lost(client->load) || tftp_packet_decode(in->bytes, &packet) != TFTP_SOUND)
        return false;
    client->heard = loop_now(client->load->loop).steady;
    client->tries = 0;
    if (!client->agreed)
        client->route.to = in->source;
    switch (packet.opcode) {
    case TFTP_OACK:
        if (client->last > 0)
            return false;
        client->agreed = true;
        if (!take_oack(client, packet.rest))
            failure = "the OACK grants more than was asked";
        else
            send_ack(client);
        break;
    case TFTP_DATA:
        failure = take_data(client, &packet, &done);
        break;
    case TFTP_ERROR:
        failure = "the server sent an ERROR";
        break;
    case TFTP_RRQ:
    case TFTP_WRQ:
    case TFTP_ACK:
        return false;
    }
    if (failure || done)
        end(client, failure);
    return failure || done;
}

static void client_ready(struct watch *watch, uint32_t events)
{
    struct client *client = watch->context;
    struct udp_batch *batch = client->load->batch;
    (void)events;
    int n = client->window > 1 ? udp_receive(watch->fd, batch) : udp_receive_one(watch->fd, batch);
    for (int i = 0; i < n; i++)
        if (take_packet(client, udp_batch_packet(batch, i)))
            return;
}

static void ticked(struct timer *timer, struct now now)
{
    struct load *load = timer->context;
    for (uint32_t i = 0; i < load->client_count; i++) {
        struct client *client = &load->clients[i];
        if (client->watch.fd < 0 ||
            !instant_reached(now.steady, instant_after(client->heard, load->patience)))
            continue;
        load->repeats++;
        client->heard = now.steady;
        if (++client->tries > RETRIES_MAX)
            end(client, "silence");
        else if (client->agreed)
            send_ack(client);
        else
            send_request(client);
    }
    if (instant_since(now.steady, load->began).ns >= load->give_up.ns) {
        load->first_failure = "out of time";
        loop_stop(load->loop);
    }
    if (loop_arm(load->loop, timer, instant_after(now.steady, TICK)) < 0)
        exit(1);
}

static int compare_durations(const void *a, const void *b)
{
    const struct duration *x = a, *y = b;
    return (x->ns > y->ns) - (x->ns < y->ns);
}

static int print_result(struct load *load)
{
    double seconds = (double)instant_since(clock_read().steady, load->began).ns / 1e9;
    double bytes = (double)load->finished * (double)load->copy.len;
    uint32_t n = load->finished;
    qsort(load->took, n, sizeof *load->took, compare_durations);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    printf("{\"transfers\": %u, \"finished\": %u, \"seconds\": %.4f, \"bytes_per_second\": %.0f, "
           "\"median_ms\": %lld, \"slowest_ms\": %lld, \"repeats\": %u, \"lost\": %llu, "
           "\"client_cpu_seconds\": %.3f, \"failure\": \"%s\"}\n",
           load->total, n, seconds, bytes / seconds,
           n > 0 ? (long long)duration_to_ms(load->took[n / 2]) : 0,
           n > 0 ? (long long)duration_to_ms(load->took[n - 1]) : 0, load->repeats,
           (unsigned long long)load->lost, cpu, load->first_failure ? load->first_failure : "");
    return n == load->total ? 0 : 1;
}

static uint32_t option_number(int argc, char **argv, const char *name, uint32_t otherwise)
{
    for (int i = 7; i + 1 < argc; i += 2)
        if (strcmp(argv[i], name) == 0)
            return (uint32_t)strtoul(argv[i + 1], NULL, 10);
    return otherwise;
}

static bool map_copy(const char *path, struct span *ret_copy)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) < 0)
        return false;
    size_t size = (size_t)facts.st_size;
    void *at = size > 0 ? mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0) : NULL;
    close(fd);
    *ret_copy = span_of(at, size);
    return at != MAP_FAILED;
}

static void write_request(struct load *load, const char *name, struct writer *w)
{
    struct tftp_options options = { 0 };
    if (load->block_size > 0) {
        options.value[TFTP_OPTION_BLKSIZE] = load->block_size;
        options.order[options.count++] = TFTP_OPTION_BLKSIZE;
    }
    if (load->window > 0) {
        options.value[TFTP_OPTION_WINDOWSIZE] = load->window;
        options.order[options.count++] = TFTP_OPTION_WINDOWSIZE;
    }
    tftp_request_write(w, name, &options);
    load->request = writer_span(w);
}

static int run(struct load *load)
{
    load->clients = calloc(load->client_count, sizeof *load->clients);
    load->took = calloc(load->total, sizeof *load->took);
    int r = load->clients && load->took ? loop_new(&load->loop) : -ENOMEM;
    if (r == 0)
        r = udp_batch_new(&load->batch);
    if (r < 0)
        return r;
    load->began = clock_read().steady;
    for (uint32_t i = 0; i < load->client_count; i++) {
        load->clients[i].load = load;
        load->clients[i].watch.fd = -1;
        begin(&load->clients[i]);
    }
    timer_init(&load->tick, ticked, load);
    r = loop_arm(load->loop, &load->tick, instant_after(load->began, TICK));
    return r == 0 ? loop_run(load->loop) : r;
}

int main(int argc, char **argv)
{
    static struct load load;
    static uint8_t request[TFTP_REQUEST_MAX];
    struct writer w = writer_over(request, sizeof request);
    if (argc < 7 || !ipv4_parse(span_text(argv[1]), &load.server.addr)) {
        fprintf(stderr, "usage: tftp_load ADDRESS PORT NAME COPY CLIENTS TRANSFERS [blksize N]\n"
                        "       [windowsize N] [timeout MS] [give-up SECONDS] [loss PERMILLE] "
                        "[seed N]\n");
        return 2;
    }
    load.server.port = (uint16_t)strtoul(argv[2], NULL, 10);
    load.client_count = (uint32_t)strtoul(argv[5], NULL, 10);
    load.total = (uint32_t)strtoul(argv[6], NULL, 10);
    load.block_size = option_number(argc, argv, "blksize", 0);
    load.window = option_number(argc, argv, "windowsize", 0);
    load.patience = duration_ms(option_number(argc, argv, "timeout", 1000));
    load.give_up = duration_seconds(option_number(argc, argv, "give-up", 120));
    load.loss = option_number(argc, argv, "loss", 0);
    load.chance = 0x9e3779b97f4a7c15u * (1 + (uint64_t)option_number(argc, argv, "seed", 1));
    write_request(&load, argv[3], &w);
    if (load.block_size == 0)
        load.block_size = TFTP_BLOCK_DEFAULT;
    if (load.window == 0)
        load.window = 1;
    if (load.block_size + TFTP_DATA_HEADER > UDP_PACKET_MAX || load.client_count == 0 ||
        load.total == 0 || w.failed || !map_copy(argv[4], &load.copy)) {
        fprintf(stderr, "tftp_load: wrong numbers, or %s cannot be read\n", argv[4]);
        return 2;
    }
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    int r = run(&load);
    if (r < 0) {
        fprintf(stderr, "tftp_load: %s\n", strerror(-r));
        return 1;
    }
    return print_result(&load);
}

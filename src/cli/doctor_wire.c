/* See doctor_wire.h. The question goes out through an ordinary UDP socket as a broadcast, since the
 * kernel hands such a packet to this machine's own servers too; the answers are heard by a packet
 * socket, which also sees what those servers send, whoever has port 68 and whatever a firewall lets
 * in there. */
#include "cli/doctor_wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "net/clock.h"
#include "net/raw.h"
#include "net/udp.h"

#define ASK_AGAIN_MS  2000
#define PORT_4011_MS  1500
#define DATAGRAM_MAX  2048
#define SCRATCH_BYTES 16384

struct wire {
    struct doctor_facts *facts;
    const struct iface_table *table;
    const struct iface *iface;
    int voice, ear, bpdu_ear;
    uint32_t seed;
    struct udp_batch *batch;
};

static void wire_close(struct wire *w)
{
    const int fds[] = { w->voice, w->ear, w->bpdu_ear };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    udp_batch_free(w->batch);
}

static int wire_open(struct wire *w, struct text *why)
{
    struct udp_settings settings = { .port = DHCP4_CLIENT_PORT,
                                     .broadcast = true,
                                     .interface = w->iface->name };

    w->ear = raw_open_dhcp_tap();
    if (w->ear == -EPERM)
        text_add(why, "listening for DHCP answers needs root: sudo tugboot doctor");
    if (w->ear < 0)
        return w->ear;
    /* A DHCP client of this machine may have port 68: any other will do, but for servers that
     * answer the port they were asked from. */
    int r = udp_open(&settings, &w->voice);
    if (r == -EADDRINUSE) {
        settings.port = 0;
        r = udp_open(&settings, &w->voice);
    }
    if (r < 0) {
        text_addf(why, "no socket can be opened on %s: %s", w->iface->name, strerror(-r));
        return r;
    }
    /* Not every interface has 802.2; what is not heard is not told. */
    w->bpdu_ear = raw_open_bpdu_ear(w->iface->index);
    return udp_batch_new(&w->batch);
}

static int ask(struct wire *w, enum pose pose)
{
    uint8_t message[POSE_MESSAGE_MAX];
    struct writer out = writer_over(message, sizeof message);
    const struct udp_route route = { .to = { IPV4_BROADCAST, DHCP4_SERVER_PORT },
                                     .interface = w->iface->index };

    pose_write_discover(&out, pose, w->seed);
    return out.failed ? -EMSGSIZE : udp_send(w->voice, &route, writer_span(&out));
}

static bool is_known(const struct doctor_facts *f, const struct doctor_answer *a)
{
    for (size_t i = 0; i < f->answer_count; i++) {
        const struct doctor_answer *b = &f->answers[i];
        if (a->pose == b->pose && ipv4_equals(a->server, b->server) &&
            a->from_4011 == b->from_4011 && answer_gives_address(a) == answer_gives_address(b))
            return true;
    }
    return false;
}

static void take_answer(struct wire *w, struct span payload, struct endpoint from)
{
    struct doctor_facts *f = w->facts;
    uint8_t memory[SCRATCH_BYTES];
    struct arena scratch = arena_over(memory, sizeof memory);
    struct doctor_answer answer;

    if (!answer_read(payload, from.addr, w->seed, &scratch, &answer))
        return;
    answer.from_4011 = from.port == DHCP4_PXE_SERVER_PORT;
    answer.ours = iface_by_address(w->table, answer.server) != NULL;
    if (f->answer_count < DOCTOR_ANSWERS_MAX && !is_known(f, &answer))
        f->answers[f->answer_count++] = answer;
}

static void hear_all(struct wire *w)
{
    uint8_t buffer[DATAGRAM_MAX];
    struct raw_udp heard;
    int n;

    while (raw_receive_udp(w->ear, buffer, sizeof buffer, &heard) == 1)
        if (heard.interface == w->iface->index)
            take_answer(w, heard.payload, heard.from);
    while ((n = udp_receive(w->voice, w->batch)) > 0)
        for (int i = 0; i < n; i++)
            take_answer(w, udp_batch_packet(w->batch, i)->bytes,
                        udp_batch_packet(w->batch, i)->source);
    while (w->bpdu_ear >= 0 && (n = raw_receive_bpdu(w->bpdu_ear, buffer, sizeof buffer)) > 0)
        if (!w->facts->has_bpdu)
            w->facts->has_bpdu = bpdu_read(span_of(buffer, (size_t)n), &w->facts->bpdu);
}

static void listen_until(struct wire *w, struct instant end)
{
    struct instant now = clock_read().steady;

    while (!instant_reached(now, end)) {
        struct pollfd fds[] = { { .fd = w->ear, .events = POLLIN },
                                { .fd = w->voice, .events = POLLIN },
                                { .fd = w->bpdu_ear, .events = POLLIN } };
        (void)poll(fds, sizeof fds / sizeof fds[0], (int)((end.ns - now.ns) / 1000000 + 1));
        hear_all(w);
        now = clock_read().steady;
    }
}

static void ask_4011(struct wire *w)
{
    struct doctor_facts *f = w->facts;
    const struct iface_address *own = &w->iface->addresses[0];
    size_t answered = f->answer_count;
    bool asked = false;

    for (size_t i = 0; i < answered; i++) {
        uint8_t message[POSE_MESSAGE_MAX];
        struct writer out = writer_over(message, sizeof message);
        const struct udp_route route = { .to = { f->answers[i].server, DHCP4_PXE_SERVER_PORT },
                                         .interface = w->iface->index };
        if (!doctor_needs_4011(&f->answers[i]))
            continue;
        pose_write_boot_request(&out, f->answers[i].pose, w->seed, own->addr);
        f->asked_4011[i] = !out.failed && udp_send(w->voice, &route, writer_span(&out)) == 0;
        asked |= f->asked_4011[i];
    }
    if (asked)
        listen_until(w, instant_after(clock_read().steady, duration_ms(PORT_4011_MS)));
}

int doctor_wire_ask(struct doctor_facts *facts, const struct iface_table *table,
                    const struct iface *iface, unsigned int seconds, struct text *why)
{
    autoclean(wire_close) struct wire w = {
        .facts = facts, .table = table, .iface = iface, .voice = -1, .ear = -1, .bpdu_ear = -1
    };
    int r = wire_open(&w, why);
    if (r < 0)
        return r;
    if (getrandom(&w.seed, sizeof w.seed, 0) != (ssize_t)sizeof w.seed)
        return -EIO;
    struct instant begin = clock_read().steady;
    struct instant end = instant_after(begin, duration_seconds(seconds));
    struct instant again = instant_after(begin, duration_ms(ASK_AGAIN_MS));
    for (int round = 0; round < 2; round++) {
        for (unsigned int i = 0; i < POSE_COUNT; i++) {
            r = ask(&w, (enum pose)i);
            if (r < 0) {
                text_addf(why, "nothing can be sent on %s: %s", iface->name, strerror(-r));
                return r;
            }
        }
        listen_until(&w, round == 0 && !instant_reached(again, end) ? again : end);
    }
    ask_4011(&w);
    return 0;
}

/* Many DHCP clients at once, as seen through a relay agent: all exchanges go through one UDP socket
 * on port 67 of an address of this machine, which stands in giaddr; so no raw sockets are needed
 * and the client's own work stays small beside the server's.
 *
 *   dhcp_load MODE NAME VALUE...
 *     dora    DISCOVER, OFFER, REQUEST, ACK: every ACK must be for the address offered, which
 *             nobody else may have been given
 *     proxy   DISCOVER of PXE firmware, and the OFFER that names a boot file
 *     pxe     REQUEST to port 4011 and its ACK, as firmware does after a proxy's OFFER
 *   server A, local A   the server's address and ours
 *   clients N           so many are counted, after prefill N others that are not
 *   flight K            exchanges kept under way at once
 *   seconds S           stop starting new ones after that
 *   timeout MS, tries N retransmission
 *   kind plain|pxe      what the clients are (dora)
 *   device NAME         proxy: broadcast from port 68 of this interface instead of a relay's
 * unicast first N             number of the first client taken A N           these addresses are
 * with others already One line of JSON; exit 1 when an answer was wrong. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load_message.h"

#define FLIGHT_MAX  4096
#define CLIENTS_MAX 2000000
#define BATCH       64
#define ADDRESSES   (1u << 24)
#define NO_SLOT     UINT32_MAX

enum mode { MODE_DORA, MODE_PROXY, MODE_PXE };

struct slot {
    uint32_t machine, next; /* next in the order of deadlines */
    uint32_t previous;
    bool busy;
    enum load_type sent;
    unsigned tries;
    int64_t began, due; /* ns */
    struct ipv4 offered, server;
};

struct results {
    uint32_t done, prefilled, given_up, retransmitted, refused, wrong, duplicate;
    int64_t began, ended;
    uint32_t *micros; /* of each counted exchange */
};

struct load {
    enum mode mode;
    int fd;
    struct ipv4 server, local;
    struct sockaddr_in to;
    uint32_t clients, prefill, until, flight, first, tries, started, under_way;
    bool pxe, broadcast;
    int64_t timeout, seconds, now;
    struct slot *slots;
    uint32_t *slot_of; /* by machine - first */
    uint32_t oldest, newest, free_slot;
    uint8_t *taken; /* a bit per address, by its low 24 bits */
    struct results results;
    /* what this turn sends */
    unsigned out_count;
    uint8_t out[BATCH][LOAD_MESSAGE_MAX];
    struct iovec out_bytes[BATCH];
    struct mmsghdr out_messages[BATCH];
};

static int64_t steady_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- sending ---- */

static void flush(struct load *l)
{
    unsigned sent = 0;
    while (sent < l->out_count) {
        int n = sendmmsg(l->fd, l->out_messages + sent, l->out_count - sent, 0);
        if (n <= 0)
            break; /* as lost on the wire: the timeout sends it again */
        sent += (unsigned)n;
    }
    l->out_count = 0;
}

static void send_step(struct load *l, const struct slot *s)
{
    struct load_ask ask = { .type = s->sent,
                            .xid = s->machine + 0x10000000,
                            .mac = load_machine_mac(s->machine),
                            .pxe = l->pxe };
    if (l->mode == MODE_PXE)
        ask.ciaddr = l->local;
    else if (!l->broadcast)
        ask.giaddr = l->local;
    if (s->sent == LOAD_REQUEST && l->mode == MODE_DORA) {
        ask.requested = s->offered;
        ask.server = s->server;
    }
    if (l->out_count == BATCH)
        flush(l);
    unsigned i = l->out_count++;
    l->out_bytes[i] = (struct iovec){ l->out[i], load_message_write(&ask, l->out[i]) };
    l->out_messages[i].msg_hdr = (struct msghdr){ .msg_iov = &l->out_bytes[i],
                                                  .msg_iovlen = 1,
                                                  .msg_name = &l->to,
                                                  .msg_namelen = sizeof l->to };
}

/* ---- slots, in the order of their deadlines (the timeout is the same for all) ---- */

static void unlink_slot(struct load *l, uint32_t i)
{
    struct slot *s = &l->slots[i];
    *(s->previous == NO_SLOT ? &l->oldest : &l->slots[s->previous].next) = s->next;
    *(s->next == NO_SLOT ? &l->newest : &l->slots[s->next].previous) = s->previous;
}

static void append_slot(struct load *l, uint32_t i)
{
    struct slot *s = &l->slots[i];
    s->due = l->now + l->timeout;
    s->next = NO_SLOT;
    s->previous = l->newest;
    *(l->newest == NO_SLOT ? &l->oldest : &l->slots[l->newest].next) = i;
    l->newest = i;
}

static void step(struct load *l, uint32_t i, enum load_type type)
{
    l->slots[i].sent = type;
    l->slots[i].tries = 1;
    unlink_slot(l, i);
    append_slot(l, i);
    send_step(l, &l->slots[i]);
}

static void end_exchange(struct load *l, uint32_t i)
{
    struct slot *s = &l->slots[i];
    unlink_slot(l, i);
    s->busy = false;
    l->slot_of[s->machine - l->first] = NO_SLOT;
    s->next = l->free_slot;
    l->free_slot = i;
    l->under_way--;
}

static void begin_exchange(struct load *l)
{
    uint32_t i = l->free_slot;
    l->free_slot = l->slots[i].next;
    uint32_t machine = l->first + l->started;
    l->slots[i] = (struct slot){ .machine = machine,
                                 .busy = true,
                                 .tries = 1,
                                 .began = l->now,
                                 .sent = l->mode == MODE_PXE ? LOAD_REQUEST : LOAD_DISCOVER };
    l->slot_of[l->started++] = i;
    l->under_way++;
    append_slot(l, i);
    send_step(l, &l->slots[i]);
}

static void retransmit_due(struct load *l)
{
    while (l->oldest != NO_SLOT && l->slots[l->oldest].due <= l->now) {
        uint32_t i = l->oldest;
        struct slot *s = &l->slots[i];
        if (s->tries++ >= l->tries) {
            l->results.given_up++;
            end_exchange(l, i);
            continue;
        }
        l->results.retransmitted++;
        unlink_slot(l, i);
        append_slot(l, i);
        send_step(l, s);
    }
}

/* ---- answers ---- */

/* False when somebody else has it. */
static bool take_address(struct load *l, struct ipv4 address)
{
    uint32_t n = address.value % ADDRESSES;
    bool free = !(l->taken[n / 8] >> n % 8 & 1);
    l->taken[n / 8] |= (uint8_t)(1u << n % 8);
    return free;
}

static void finish(struct load *l, uint32_t i)
{
    struct results *r = &l->results;
    uint32_t nth = l->slots[i].machine - l->first;
    if (nth < l->prefill) {
        r->prefilled++;
    } else {
        r->micros[r->done++] = (uint32_t)((l->now - l->slots[i].began) / 1000);
        r->ended = l->now;
    }
    end_exchange(l, i);
}

static void wrong(struct load *l, uint32_t i, const struct load_told *told, const char *what)
{
    struct slot *s = &l->slots[i];
    if (l->results.wrong++ < 3)
        fprintf(stderr,
                "dhcp_load: client %u, waiting after %d for %08x: %s: type %u of %08x from %08x\n",
                s->machine, s->sent, s->offered.value, what, told->type, told->yiaddr.value,
                told->server.value);
    end_exchange(l, i);
}

static void take_offer(struct load *l, uint32_t i, const struct load_told *told)
{
    struct slot *s = &l->slots[i];
    if (l->mode == MODE_PROXY) {
        if (!told->names_pxe || told->yiaddr.value != 0)
            wrong(l, i, told, "an offer a proxy does not make");
        else
            finish(l, i);
        return;
    }
    if (told->yiaddr.value == 0) {
        wrong(l, i, told, "an offer of nothing");
        return;
    }
    s->offered = told->yiaddr;
    s->server = told->server;
    step(l, i, LOAD_REQUEST);
}

static void take_ack(struct load *l, uint32_t i, const struct load_told *told)
{
    struct slot *s = &l->slots[i];
    if (l->mode == MODE_DORA) {
        if (told->yiaddr.value != s->offered.value) {
            wrong(l, i, told, "not the address offered");
            return;
        }
        if (!take_address(l, told->yiaddr))
            l->results.duplicate++;
    }
    finish(l, i);
}

static void take_answer(struct load *l, struct span bytes)
{
    struct load_told told;
    if (!load_message_read(bytes, &told)) {
        l->results.wrong++;
        return;
    }
    uint32_t machine = told.xid - 0x10000000, nth = machine - l->first;
    if (nth >= l->prefill + l->clients)
        return; /* a late answer to a run before this one */
    uint32_t i = l->slot_of[nth];
    if (i == NO_SLOT)
        return; /* the second answer to what was sent twice */
    struct mac mac = load_machine_mac(machine);
    if (!mac_equals(told.mac, mac) || told.server.value != l->server.value) {
        wrong(l, i, &told, "not for this client or not from the server");
    } else if (told.type == LOAD_NAK && l->slots[i].sent == LOAD_REQUEST) {
        /* RFC 2131 3.1.5: it begins anew. */
        l->results.refused++;
        step(l, i, LOAD_DISCOVER);
    } else if (told.type == LOAD_OFFER && l->slots[i].sent == LOAD_DISCOVER) {
        take_offer(l, i, &told);
    } else if (told.type == LOAD_ACK && l->slots[i].sent == LOAD_REQUEST) {
        take_ack(l, i, &told);
    } else if (l->slots[i].tries == 1 && told.type != LOAD_OFFER) {
        wrong(l, i, &told, "not an answer to what was asked");
    }
}

static void receive(struct load *l)
{
    static uint8_t in[BATCH][2048];
    struct iovec bytes[BATCH];
    struct mmsghdr messages[BATCH] = { 0 };
    for (int i = 0; i < BATCH; i++) {
        bytes[i] = (struct iovec){ in[i], sizeof in[i] };
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &bytes[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(l->fd, messages, BATCH, MSG_DONTWAIT, NULL);
    l->now = steady_now();
    for (int i = 0; i < n; i++)
        take_answer(l, span_of(in[i], messages[i].msg_len));
}

/* ---- the run ---- */

/* Fill up to the flight; false when nothing is left to do. */
static bool keep_flying(struct load *l)
{
    uint32_t total = l->prefill + l->clients;
    uint32_t until = l->started < l->prefill ? l->prefill : total;
    if (l->started >= l->prefill && l->results.began == 0) {
        if (l->under_way > 0)
            return true; /* the prefill ends first */
        l->results.began = l->now;
    }
    bool time_left = l->results.began == 0 || l->now - l->results.began < l->seconds;
    if (l->until > 0 && l->results.done >= l->until)
        return false;
    while (time_left && l->started < until && l->under_way < l->flight)
        begin_exchange(l);
    return l->under_way > 0 || (time_left && l->started < total);
}

static void run(struct load *l)
{
    l->now = steady_now();
    while (keep_flying(l)) {
        flush(l);
        int64_t wait = l->oldest == NO_SLOT ? 0 : (l->slots[l->oldest].due - l->now) / 1000000 + 1;
        struct pollfd p = { .fd = l->fd, .events = POLLIN };
        if (poll(&p, 1, wait < 0 ? 0 : (int)wait) > 0)
            receive(l);
        l->now = steady_now();
        retransmit_due(l);
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const struct results *r, double part)
{
    return r->done ? r->micros[(uint32_t)(part * (r->done - 1))] / 1000.0 : 0;
}

static int report(struct load *l)
{
    struct results *r = &l->results;
    double seconds = (double)(r->ended - r->began) / 1e9;
    bool sound = r->wrong == 0 && r->duplicate == 0;
    qsort(r->micros, r->done, sizeof *r->micros, by_size);
    printf("{\"done\": %u, \"prefilled\": %u, \"seconds\": %.4f, \"per_second\": %.1f, "
           "\"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, "
           "\"retransmitted\": %u, \"given_up\": %u, \"refused\": %u, \"wrong\": %u, "
           "\"duplicate\": %u, \"sound\": %s}\n",
           r->done, r->prefilled, r->done ? seconds : 0, r->done ? r->done / seconds : 0,
           percentile(r, 0.5), percentile(r, 0.95), percentile(r, 0.99), percentile(r, 1),
           r->retransmitted, r->given_up, r->refused, r->wrong, r->duplicate,
           sound ? "true" : "false");
    return sound ? 0 : 1;
}

/* ---- setting up ---- */

static int usage(const char *what)
{
    fprintf(stderr,
            "dhcp_load: %s; usage: dhcp_load dora|proxy|pxe server A local A "
            "[NAME VALUE]...\n",
            what);
    return 2;
}

static uint32_t number(const char *text, uint32_t greatest)
{
    unsigned long n = strtoul(text, NULL, 10);
    return n > greatest ? greatest : (uint32_t)n;
}

static bool take_option(struct load *l, const char *name, const char *value, const char **device)
{
    if (!strcmp(name, "server"))
        return ipv4_parse(span_text(value), &l->server);
    if (!strcmp(name, "local"))
        return ipv4_parse(span_text(value), &l->local);
    if (!strcmp(name, "clients"))
        l->clients = number(value, CLIENTS_MAX);
    else if (!strcmp(name, "prefill"))
        l->prefill = number(value, CLIENTS_MAX);
    else if (!strcmp(name, "flight"))
        l->flight = number(value, FLIGHT_MAX);
    else if (!strcmp(name, "first"))
        l->first = number(value, UINT32_MAX / 8);
    else if (!strcmp(name, "until"))
        l->until = number(value, CLIENTS_MAX);
    else if (!strcmp(name, "seconds"))
        l->seconds = (int64_t)number(value, 3600) * 1000000000;
    else if (!strcmp(name, "timeout"))
        l->timeout = (int64_t)number(value, 60000) * 1000000;
    else if (!strcmp(name, "tries"))
        l->tries = number(value, 100);
    else if (!strcmp(name, "kind"))
        l->pxe = !strcmp(value, "pxe");
    else if (!strcmp(name, "device"))
        *device = value;
    else
        return false;
    return true;
}

static void mark_taken(struct load *l, struct ipv4 first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        (void)take_address(l, (struct ipv4){ first.value + i });
}

static int open_socket(struct load *l, const char *device)
{
    const int yes = 1, buffer = 8 << 20;
    struct sockaddr_in own = { .sin_family = AF_INET,
                               .sin_port = htons(l->mode == MODE_PXE ? 4012
                                                 : device            ? 68
                                                                     : 67),
                               .sin_addr.s_addr = device ? 0 : htonl(l->local.value) };
    l->broadcast = device != NULL;
    l->to = (struct sockaddr_in){ .sin_family = AF_INET,
                                  .sin_port = htons(l->mode == MODE_PXE ? 4011 : 67),
                                  .sin_addr.s_addr =
                                      device ? INADDR_BROADCAST : htonl(l->server.value) };
    l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) < 0 ||
        setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
        setsockopt(l->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) < 0)
        return -errno;
    if (device &&
        setsockopt(l->fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0)
        return -errno;
    return bind(l->fd, (const struct sockaddr *)&own, sizeof own) < 0 ? -errno : 0;
}

static bool allocate(struct load *l)
{
    uint32_t total = l->prefill + l->clients;
    l->slots = calloc(l->flight, sizeof *l->slots);
    l->slot_of = malloc((total + 1) * sizeof *l->slot_of);
    l->results.micros = calloc(l->clients + 1, sizeof *l->results.micros);
    if (!l->slots || !l->slot_of || !l->results.micros)
        return false;
    memset(l->slot_of, 0xff, (total + 1) * sizeof *l->slot_of);
    for (uint32_t i = 0; i < l->flight; i++)
        l->slots[i].next = i + 1 < l->flight ? i + 1 : NO_SLOT;
    l->oldest = l->newest = NO_SLOT;
    l->free_slot = 0;
    return true;
}

int main(int argc, char **argv)
{
    static struct load load = { .clients = 1000,
                                .flight = 64,
                                .tries = 8,
                                .timeout = 1000000000,
                                .seconds = INT64_C(10000000000) };
    static uint8_t taken[ADDRESSES / 8];
    const char *device = NULL;
    static const char *const modes[] = { "dora", "proxy", "pxe" };
    int mode = -1;
    load.taken = taken;
    for (int i = 0; argc > 1 && i < 3; i++)
        if (!strcmp(argv[1], modes[i]))
            mode = i;
    if (mode < 0)
        return usage("which mode?");
    load.mode = (enum mode)mode;
    for (int i = 2; i < argc; i += 2) {
        struct ipv4 first;
        if (i + 2 < argc && !strcmp(argv[i], "taken") && ipv4_parse(span_text(argv[i + 1]), &first))
            mark_taken(&load, first, number(argv[++i + 1], ADDRESSES));
        else if (i + 1 >= argc || !take_option(&load, argv[i], argv[i + 1], &device))
            return usage(argv[i]);
    }
    load.pxe |= mode != MODE_DORA;
    if (load.server.value == 0 || load.local.value == 0 || load.flight == 0 || load.clients == 0)
        return usage("server, local, flight and clients are needed");
    int r = open_socket(&load, device);
    if (r < 0 || !allocate(&load)) {
        fprintf(stderr, "dhcp_load: %s\n", r < 0 ? strerror(-r) : "no memory");
        return 2;
    }
    run(&load);
    return report(&load);
}

/* Two questions, a fifth of a second apart, and half a second for an answer: long enough for any
 * machine that is awake, short enough for firmware's first wait of four seconds. */
#include "serve/dhcp4_probe.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "net/raw.h"

#define PROBES_MAX   256
#define ASK_AGAIN_MS 200
#define GIVE_UP_MS   500
#define PER_TURN     256 /* answers taken before others have their turn */

struct asked {
    bool under_way, by_echo, asked_again;
    struct ipv4 address;
    uint32_t interface;
    struct mac own_mac;
    struct timer timer;
    struct dhcp4_probe *probe;
};

struct dhcp4_probe {
    struct loop *loop;
    struct watch arp, icmp;
    dhcp4_probe_done done;
    void *context;
    struct asked rows[PROBES_MAX];
};

static struct asked *find(struct dhcp4_probe *probe, struct ipv4 address)
{
    for (size_t i = 0; i < PROBES_MAX; i++)
        if (probe->rows[i].under_way && ipv4_equals(probe->rows[i].address, address))
            return &probe->rows[i];
    return NULL;
}

static void finish(struct asked *row, bool in_use, struct mac owner)
{
    loop_disarm(row->probe->loop, &row->timer);
    row->under_way = false;
    row->probe->done(row->probe->context, row->address, in_use, owner);
}

/* A question that cannot be sent (interface down, no route) counts as unanswered. */
static void ask(const struct asked *row)
{
    int r = row->by_echo ? raw_send_echo(row->probe->icmp.fd, row->address)
                         : raw_send_arp_probe(row->probe->arp.fd, row->interface, row->own_mac,
                                              row->address);
    (void)r;
}

static void timer_fired(struct timer *timer, struct now now)
{
    struct asked *row = timer->context;
    if (row->asked_again) {
        finish(row, false, (struct mac){ 0 });
        return;
    }
    row->asked_again = true;
    ask(row);
    if (loop_arm(row->probe->loop, timer,
                 instant_after(now.steady, duration_ms(GIVE_UP_MS - ASK_AGAIN_MS))) < 0)
        finish(row, false, (struct mac){ 0 });
}

static void arp_ready(struct watch *watch, uint32_t events)
{
    struct dhcp4_probe *probe = watch->context;
    uint32_t interface;
    struct ipv4 address;
    struct mac owner;

    (void)events;
    for (int i = 0; i < PER_TURN; i++) {
        if (raw_receive_arp(watch->fd, &interface, &address, &owner) <= 0)
            return;
        struct asked *row = find(probe, address);
        if (row && !row->by_echo && row->interface == interface)
            finish(row, true, owner);
    }
}

static void icmp_ready(struct watch *watch, uint32_t events)
{
    struct dhcp4_probe *probe = watch->context;
    struct ipv4 address;

    (void)events;
    for (int i = 0; i < PER_TURN; i++) {
        if (raw_receive_echo(watch->fd, &address) <= 0)
            return;
        struct asked *row = find(probe, address);
        if (row && row->by_echo)
            finish(row, true, (struct mac){ 0 });
    }
}

int dhcp4_probe_new(struct loop *loop, int arp_fd, int icmp_fd, dhcp4_probe_done done,
                    void *context, struct dhcp4_probe **ret_probe)
{
    struct dhcp4_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return -ENOMEM;
    probe->loop = loop;
    probe->done = done;
    probe->context = context;
    probe->arp =
        (struct watch){ .fd = arp_fd, .events = EPOLLIN, .ready = arp_ready, .context = probe };
    probe->icmp =
        (struct watch){ .fd = icmp_fd, .events = EPOLLIN, .ready = icmp_ready, .context = probe };
    for (size_t i = 0; i < PROBES_MAX; i++) {
        probe->rows[i].probe = probe;
        timer_init(&probe->rows[i].timer, timer_fired, &probe->rows[i]);
    }
    int r = arp_fd >= 0 ? loop_watch(loop, &probe->arp) : 0;
    if (r == 0 && icmp_fd >= 0)
        r = loop_watch(loop, &probe->icmp);
    if (r < 0) {
        free(probe);
        return r;
    }
    *ret_probe = probe;
    return 0;
}

void dhcp4_probe_free(struct dhcp4_probe *probe)
{
    if (!probe)
        return;
    for (size_t i = 0; i < PROBES_MAX; i++)
        loop_disarm(probe->loop, &probe->rows[i].timer);
    if (probe->arp.fd >= 0)
        loop_unwatch(probe->loop, &probe->arp);
    if (probe->icmp.fd >= 0)
        loop_unwatch(probe->loop, &probe->icmp);
    free(probe);
}

bool dhcp4_probe_start(struct dhcp4_probe *probe, const struct iface *iface, struct ipv4 address,
                       bool behind_relay)
{
    struct asked *row = find(probe, address);
    if (row)
        return true;
    for (size_t i = 0; i < PROBES_MAX && !row; i++)
        if (!probe->rows[i].under_way)
            row = &probe->rows[i];
    if (!row)
        return false;
    row->under_way = true;
    row->asked_again = false;
    row->by_echo = behind_relay;
    row->address = address;
    row->interface = iface->index;
    row->own_mac = iface->mac;
    bool can_ask = behind_relay ? probe->icmp.fd >= 0 : probe->arp.fd >= 0;
    if (can_ask)
        ask(row);
    int64_t wait_ms = can_ask ? ASK_AGAIN_MS : 0;
    row->asked_again = !can_ask;
    struct instant due = instant_after(loop_now(probe->loop).steady, duration_ms(wait_ms));
    if (loop_arm(probe->loop, &row->timer, due) < 0) {
        row->under_way = false;
        return false;
    }
    return true;
}

/* What goes into and comes out of the DHCPv4 cores: one message with its arrival and the time in;
 * reply, destination, durable change, events out. The shell carries an outcome out in order: make
 * `change` durable, then send, then tell. */
#ifndef DHCP_EXCHANGE_H
#define DHCP_EXCHANGE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/event.h"

#include "boot/choose.h"
#include "model/change.h"

struct limit;
struct recall_source;

enum dhcp_mode {
    DHCP_OFF,
    DHCP_PROXY,
    DHCP_SERVER,
};

/* Where a message came in. */
struct arrival {
    uint32_t interface;      /* kernel index */
    struct ipv4 local;       /* our address on it, the server identifier */
    struct ipv4_prefix link; /* the network of that address */
    uint16_t port;           /* ours it came to: 67 or 4011 */
    struct endpoint source;
    struct ipv4 destination; /* as in the IP header: broadcast or one of ours */
    uint16_t mtu;
};

struct dhcp4_input {
    struct span bytes; /* UDP payload */
    struct arrival from;
    struct now now;
    const struct catalog *catalog;
    uint16_t http_port;
    uint16_t https_port; /* 0 = not served */
    bool offer_https;
    const char *interface_name;         /* for subnets bound to a name; NULL = not known */
    const struct recall_source *recall; /* what is remembered of machines; NULL = nothing is */
    struct limit *limit; /* the rate limits of all clients (dhcp/limit.h); NULL = none */
};

/* Where the client of this packet reaches the server. */
static inline struct reach dhcp4_reach(const struct dhcp4_input *in)
{
    return (struct reach){ .server = in->from.local,
                           .http_port = in->http_port,
                           .https_port = in->https_port,
                           .offer_https = in->offer_https };
}

/* Where a reply goes (RFC 2131 4.1). */
enum destination_kind {
    TO_NOBODY,
    TO_UNICAST,   /* `to`, by the kernel's routes */
    TO_BROADCAST, /* 255.255.255.255:`to.port` out of `interface` */
    TO_HARDWARE,  /* `to` is not answering ARP yet: frame to `mac` out of `interface` */
};

struct destination {
    enum destination_kind kind;
    struct endpoint to;
    uint16_t from_port; /* ours: 67 or 4011 */
    struct ipv4 from;   /* our source address */
    struct mac mac;
    uint32_t interface;
};

enum dhcp4_action {
    DHCP4_SILENT, /* nothing to send (events may tell why); `change` may still be set */
    DHCP4_REPLY,
    DHCP4_PROBE, /* ask the wire whether `probe` is in use, then call dhcp4_server_probed() */
};

#define DHCP4_REPLY_MAX  1472
#define DHCP4_EVENTS_MAX 4

struct dhcp4_outcome {
    enum dhcp4_action action;
    struct change change; /* CHANGE_NONE, or a lease change that must be durable before sending */
    struct span reply;    /* in scratch */
    struct destination to;
    uint32_t delay_ms;       /* send the reply this much later (Raspberry Pi); mostly 0 */
    struct ipv4 probe;       /* DHCP4_PROBE */
    struct ipv4 probe_relay; /* DHCP4_PROBE: not none = off link, probe by ICMP echo */
    /* When the change cannot be made durable, an ACK that extends a lease may still go out in this
     * form, which promises no more than what is on disk. Empty when there is none. */
    struct span reply_if_not_durable;
    bool has_client;
    struct client client; /* who it was: for the registry and the timeline */
    struct event events[DHCP4_EVENTS_MAX];
    uint8_t event_count;
};

#endif

/* The DHCPv4 shell: ports 67 and 4011, the packet sockets beside them, and the order in which an
 * outcome is carried out: make durable, then send, then tell. Everything that is a matter of
 * protocol lies in dhcp/. Has a loop of its own, so that file transfers never delay an OFFER. */
#ifndef SERVE_DHCP4_PORT_H
#define SERVE_DHCP4_PORT_H

#include "serve/event_queue.h"
#include "serve/recall.h"
#include "serve/registry.h"
#include "serve/store_thread.h"
#include "serve/view.h"

/* Opened before rights are dropped; -1 = not available. */
struct dhcp4_sockets {
    int server; /* UDP 67 */
    int proxy;  /* UDP 4011 */
    int ear;    /* packets to port 68, also used to send to machines without an address */
    int arp;
    int icmp;
};

struct dhcp4_port_settings {
    struct dhcp4_sockets sockets; /* taken over */
    struct view_holder *views;
    struct registry *registry;
    struct recall *recall; /* NULL = nothing is remembered */
    struct event_queue *events;
    struct store_thread *store;
};

struct dhcp4_port;

must_check int dhcp4_port_new(const struct dhcp4_port_settings *settings, struct loop *loop,
                              struct dhcp4_port **ret_port);
void dhcp4_port_free(struct dhcp4_port *port);

/* Take in a lease at start, before the loop runs. */
bool dhcp4_port_restore(struct dhcp4_port *port, const struct lease *lease);

/* Ask the wire, as a PXE client would, who else answers: what comes back is told as events. */
void dhcp4_port_look_around(struct dhcp4_port *port);

#endif

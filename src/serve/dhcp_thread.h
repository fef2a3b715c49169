/* DHCP's loop, in a thread of its own, so that a thousand transfers never delay an offer. */
#ifndef SERVE_DHCP_THREAD_H
#define SERVE_DHCP_THREAD_H

#include "serve/dhcp4_port.h"

struct dhcp_thread;

/* Make the loop and what answers in it. The thread begins later: dhcp_thread_run(). 0 or a negative
 * errno. */
must_check int dhcp_thread_new(const struct dhcp4_port_settings *settings,
                               struct dhcp_thread **ret_thread);

/* Before it runs: take the leases of former runs from `store`. -E2BIG: there are more than the
 * configuration allows. 0 or a negative errno. */
must_check int dhcp_thread_restore(struct dhcp_thread *thread, struct store *store);

/* Answer from now on. 0 or a negative errno. */
must_check int dhcp_thread_run(struct dhcp_thread *thread);

/* Have it ask the wire who else answers; once, however often it is asked for. From any thread;
 * nothing happens before it runs. NULL is fine. */
void dhcp_thread_look_around(struct dhcp_thread *thread);

/* Answer no more; what it uses stays until dhcp_thread_free(). NULL and again are fine. */
void dhcp_thread_stop(struct dhcp_thread *thread);
void dhcp_thread_free(struct dhcp_thread *thread);

#endif

/* Which process holds a port, for the sentence a person gets when a socket cannot be bound. */
#ifndef NET_PORT_OWNER_H
#define NET_PORT_OWNER_H

#include "base/text.h"

/* Append "dnsmasq (process 1234)" for the program that has the local UDP or TCP port of this
 * network namespace; "another program" when /proc does not say. Reads all of /proc: for start-up
 * errors only. */
void port_owner_describe(struct text *out, bool tcp, uint16_t port);

#endif

/* The DHCP server of somebody else, played: what mode `proxy` stands beside. It gives addresses and
 * nothing about booting, as a router does. */
#ifndef CLI_SELFTEST_GIVER_H
#define CLI_SELFTEST_GIVER_H

#include "base/checked.h"
#include "base/writer.h"

#include "model/addr.h"

struct selftest_giver {
    struct ipv4_prefix network;
    struct ipv4 own, taken; /* its address, and tugboot's */
};

/* The addresses of a giver beside `server` in its network; false when the network has no room. */
bool selftest_giver_init(struct selftest_giver *giver, struct ipv4_prefix network,
                         struct ipv4 server);

/* The answer to one message, to be sent by broadcast; false when there is none. RFC 2131 4.3. */
bool selftest_giver_answer(const struct selftest_giver *giver, struct span message,
                           struct writer *out);

/* Answer on this interface for ever; returns a negative errno when it cannot. Blocks. */
must_check int selftest_giver_run(const struct selftest_giver *giver, const char *interface);

#endif

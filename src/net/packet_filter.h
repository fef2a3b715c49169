/* Does this machine's kernel drop packets that no rule lets in? Asked of nf_tables, which iptables,
 * ufw and nft itself all end in. What single rules say is not read. */
#ifndef NET_PACKET_FILTER_H
#define NET_PACKET_FILTER_H

#include "base/checked.h"
#include "base/text.h"

/* Append the table and chain (such as "filter INPUT") whose policy is to drop what comes in over
 * IPv4; of several the first. 1 when there is one, 0 when there is none, else a negative errno
 * (-EPERM without CAP_NET_ADMIN; others where the kernel has no nf_tables). The names are foreign
 * text. */
must_check int packet_filter_describe(struct text *out);

#endif

/* Which addresses what is sent to a foreign server may go to. A name that an outsider controls may
 * lead anywhere: to the metadata service of a cloud, which knows secrets, or back to this very
 * machine. */
#ifndef FETCH_ADDRESS_RULE_H
#define FETCH_ADDRESS_RULE_H

#include "base/span.h"

enum address_verdict {
    ADDRESS_FINE,
    ADDRESS_METADATA, /* link-local (RFC 3927, RFC 4291 2.5.6), or a cloud's metadata service */
    ADDRESS_OWN,      /* this machine itself */
    ADDRESS_MANY,     /* multicast, broadcast, or no address at all */
};

/* `address`: 4 or 16 bytes as they are on the wire; an IPv4 address inside an IPv6 one (RFC 4291
 * 2.5.5, RFC 6052) is looked at as such. `says_own`: the address this was found for says itself
 * that it is this machine, so that ADDRESS_OWN is fine. */
enum address_verdict address_judge(struct span address, bool says_own);

/* Why not, as a sentence that says what to do; "" for ADDRESS_FINE. */
const char *address_sentence(enum address_verdict verdict);

/* Is the host of this address (http:// or https://) localhost, 127.x.x.x or [::1]? */
bool address_url_says_own(const char *url);

#endif

/* The small grammars of the fields that say who asks, from where: Cookie (RFC 6265 4.2), bearer
 * tokens (RFC 6750 2.1), Host and Origin (RFC 9110 7.2, RFC 6454 7). Hostile text in, spans out. */
#ifndef API_ACCESS_FIELDS_H
#define API_ACCESS_FIELDS_H

#include "base/span.h"

#include "model/addr.h"

/* The value of the first cookie of this name; false when there is none. */
bool access_cookie_find(struct span cookies, const char *name, struct span *ret_value);

/* The token of "Bearer TOKEN"; false for any other scheme. */
bool access_bearer_find(struct span authorization, struct span *ret_token);

/* The host of "host", "host:port", "[v6]" or "[v6]:port", brackets included; empty when it is none
 * of them. */
struct span access_host_name(struct span host);

/* An IPv4 address, or an IPv6 one in brackets: no name, so nobody can have bent it. */
bool access_host_is_address(struct span name);

/* Is `origin` ("http://host:port") the page of `host`? */
bool access_origin_is(struct span origin, struct span host);

/* The last address of an X-Forwarded-For list: the one that the proxy itself has seen. */
bool access_forwarded_last(struct span list, struct ipv4 *ret_address);

#endif

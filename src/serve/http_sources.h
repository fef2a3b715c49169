/* How many connections each client address holds: a bounded table of a lane. */
#ifndef SERVE_HTTP_SOURCES_H
#define SERVE_HTTP_SOURCES_H

#include "base/checked.h"
#include "base/siphash.h"

#include "model/addr.h"

#define HTTP_SOURCES_NONE UINT32_MAX

struct http_sources;

/* For at most `limit` addresses at once, each with at most `per_source` connections. 0 or -ENOMEM.
 */
must_check int http_sources_new(uint32_t limit, uint32_t per_source, struct hash_key key,
                                struct http_sources **ret_sources);
void http_sources_free(struct http_sources *sources);

/* Count one more of `addr`: its row for http_sources_drop(), or HTTP_SOURCES_NONE at a limit. */
uint32_t http_sources_take(struct http_sources *sources, struct ipv4 addr);
void http_sources_drop(struct http_sources *sources, uint32_t row);

#endif

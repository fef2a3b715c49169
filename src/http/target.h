/* The request target (RFC 9112 3.2): origin-form and absolute-form, taken apart and cleaned. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/text.h"

#include "http/flaw.h"

/* Cut `target` into path and query (still coded, without '?'; a fragment is dropped). The
 * authority of an absolute-form ("http://host:port/…") is dropped too: every name is served here.
 * The results are untouched unless HTTP_SOUND. */
enum http_flaw http_target_split(struct span target, struct span *ret_path, struct span *ret_query);

/* Percent-decode a path into `out`, `\` becoming `/` and runs of slashes one slash. ".." parts stay
 * for the resolver to judge. */
enum http_flaw http_target_decode(struct span path, struct text *out);

#endif

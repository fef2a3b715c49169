/* Small bodies, sent one after the other to one address by HTTP or HTTPS. */
#ifndef FETCH_POST_H
#define FETCH_POST_H

#include "base/checked.h"
#include "base/text.h"

struct post {
    const char *url;           /* where redirections are not followed from */
    const char *const *fields; /* "Name: value", ended by NULL */
    struct span body;
    struct span ca; /* PEM; empty = what this system trusts */
};

struct post_result {
    uint16_t status;        /* of the answer; 0 = there was none */
    uint32_t retry_after_s; /* what the server asks for; 0 = nothing */
    uint32_t took_ms;
};

/* Connections are kept from one to the next. */
struct post_client;

/* 0, -ENOENT (libcurl is not installed, said in `why`) or -ENOMEM. */
must_check int post_client_new(struct post_client **ret_client, struct text *why);
void post_client_free(struct post_client *client);

/* Send one. 0 when the answer is 2xx; else a negative errno and a sentence in `why`: -EPROTO
 * another answer, -EACCES an address nothing is sent to (fetch/address_rule.h), -ETIMEDOUT,
 * -ECONNABORTED anything else on the way. At most 15 seconds. The environment's proxy is not used.
 */
must_check int post_send(struct post_client *client, const struct post *post,
                         struct post_result *result, struct text *why);

#endif

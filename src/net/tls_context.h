/* What TLS connections are made from: certificates, keys, the ciphers allowed. Immutable, counted
 * and shared by all threads; a reload makes a new one, and connections keep theirs. OpenSSL. */
#ifndef NET_TLS_CONTEXT_H
#define NET_TLS_CONTEXT_H

#include "base/checked.h"
#include "base/text.h"

#define TLS_PAIRS_MAX 2

/* A certificate, those above it that clients need, and its private key; PEM. */
struct tls_pair {
    struct span chain, key;
};

struct tls_settings {
    struct tls_pair pairs[TLS_PAIRS_MAX]; /* of unlike kinds: RSA, EC */
    uint8_t pair_count;
    struct span client_ca; /* PEM; clients are asked for a certificate of it; empty = not asked */
    bool old_clients;      /* TLS 1.0 and 1.1, CBC with SHA-1, and keys below 2048 bits */
};

struct tls_context;

/* The texts are not kept. -EINVAL with a phrase in `why` when a pair cannot be used; -ENOMEM. */
must_check int tls_context_new(const struct tls_settings *settings,
                               struct tls_context **ret_context, struct text *why);
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context *context); /* NULL is fine */

#endif

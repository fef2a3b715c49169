/* tugboot's own certificate authority in the state folder, and what it issues for HTTPS. Files:
 *
 *     ca.pem             the CA, to be enrolled in firmware     ca-key.pem
 *     https-rsa.pem      this server, for all clients           https-rsa-key.pem
 *     https-ec.pem       this server, for clients that can      https-ec-key.pem
 *
 * Keys are readable by their owner alone. What is missing is made; a certificate is issued anew
 * when it nears its end, does not cover a name, or is not of the CA that is there. The CA itself is
 * never replaced: machines trust it. */
#ifndef SERVE_LOCAL_CA_H
#define SERVE_LOCAL_CA_H

#include "base/clock.h"
#include "base/text.h"

#include "crypto/x509.h"

#define LOCAL_CA_FILE  "ca.pem"
#define LOCAL_CA_PAIRS 2

struct local_ca_wish {
    const char *state; /* the folder */
    const char *const *names;
    size_t name_count; /* at least one; the first is the certificate's common name */
    struct calendar now;
};

/* PEM texts, each malloc'ed with a NUL behind it. */
struct local_pair {
    uint8_t *chain, *key;
    size_t chain_len, key_len;
};

struct local_pairs {
    struct local_pair rows[LOCAL_CA_PAIRS]; /* RSA, EC */
    bool made_ca, issued;                   /* just now */
    struct calendar ends;                   /* of the first to end */
};

/* Make sure all is there and good. Takes up to some seconds the first time (keys are made): call it
 * where nothing waits. 0 and pairs for local_pairs_done(), or a negative errno and a sentence. */
must_check int local_ca_ready(const struct local_ca_wish *wish, struct local_pairs *ret_pairs,
                              struct text *why);

/* Wipe and free. */
void local_pairs_done(struct local_pairs *pairs);

/* The CA of this state folder, for certificate_free(). -ENOENT when none was made yet; any other
 * negative errno with a sentence. */
must_check int local_ca_read(const char *state, struct certificate **ret_ca, struct text *why);

#endif

/* A certificate as this floor's other files see it; nobody outside includes this. */
#ifndef CRYPTO_X509_OPEN_H
#define CRYPTO_X509_OPEN_H

#include <openssl/x509.h>

#include "crypto/x509.h"

struct certificate {
    X509 *x509;
    uint8_t *der; /* OpenSSL's memory */
    size_t der_len;
};

/* Take over one reference to `x509`, also on failure. 0 or -ENOMEM. */
must_check int certificate_take(X509 *x509, struct certificate **ret);

/* Milliseconds since 1970; 0 for NULL and for what is no time. */
struct calendar certificate_time(const ASN1_TIME *time);

#endif

/* Does a certificate still do what it was made for? */
#ifndef CRYPTO_CERTIFICATE_CHECK_H
#define CRYPTO_CERTIFICATE_CHECK_H

#include "crypto/x509.h"

/* Is it for every one of these names and addresses, as clients look: an address among the iPAddress
 * entries, a name among the DNS names? */
bool certificate_covers(const struct certificate *certificate, const char *const *names,
                        size_t name_count);

/* Is its signature by the key of `above`, and does it name that as its issuer? */
bool certificate_is_issued_by(const struct certificate *certificate,
                              const struct certificate *above);

#endif

/* Microsoft's certificates that PC firmware comes with, by their names and keys: whose signature a
 * machine accepts as it was sold. */
#ifndef IMAGE_AUTHORITY_H
#define IMAGE_AUTHORITY_H

#include "crypto/pkcs7.h"
#include "model/secure.h"

struct authority {
    uint8_t signer;    /* the bit of enum secure_signer; 0: it signs nothing a network starts */
    const char *name;  /* its common name */
    const char *signs; /* "Windows' boot manager" */
    const char *ends;  /* "2026-06-27" */
    const char *fingerprint; /* SHA-256 of the certificate, hexadecimal */
    const char *key;         /* SubjectPublicKeyInfo in DER, hexadecimal */
};

/* All of them, *ret_count. */
const struct authority *authority_rows(size_t *ret_count);

/* The one whose key the signer's chain leads to, each link checked by its key; NULL for none. */
const struct authority *authority_of(const struct pkcs7 *signature);

/* One whose name a certificate of the chain gives as its issuer's; NULL for none. Anybody can write
 * a name: where authority_of() is NULL, this one did not sign. */
const struct authority *authority_named(const struct pkcs7 *signature);

#endif

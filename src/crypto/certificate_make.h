/* Making certificates: a CA of one's own, what it issues, and the self-signed certificates that
 * Secure Boot keys are. RFC 5280. Results are DER. Serial numbers are random, signatures SHA-256
 * (RSA PKCS#1 v1.5 or ECDSA: firmware and iPXE verify no RSA-PSS). */
#ifndef CRYPTO_CERTIFICATE_MAKE_H
#define CRYPTO_CERTIFICATE_MAKE_H

#include "base/clock.h"

#include "crypto/private_key.h"

enum certificate_use {
    CERTIFICATE_CA, /* signs others; nothing below it may sign again */
    CERTIFICATE_TLS_SERVER,
    CERTIFICATE_TLS_CLIENT,
    CERTIFICATE_SECURE_BOOT, /* PK, KEK, db or MOK: self-signed, signs code and variables */
    CERTIFICATE_USE_COUNT
};

/* Machines without a battery start at about this time, and a certificate that is not valid yet is
 * refused: 2000-01-01 00:00 UTC, the beginning of all validity unless there is a reason. */
#define CERTIFICATE_BEGINNING ((struct calendar){ .ms = INT64_C(946684800000) })

#define CERTIFICATE_NAMES_MAX       128
#define CERTIFICATE_COMMON_NAME_MAX 64 /* RFC 5280 A.1: ub-common-name */
/* Room for the DER of any certificate made here. */
#define CERTIFICATE_DER_MAX 16384

struct certificate_wish {
    enum certificate_use use;
    const char *common_name; /* UTF-8, 1 to 64 bytes */
    struct calendar from, until;
    /* Subject alternative names: DNS names, and IPv4 or IPv6 addresses as text. An address becomes
     * an iPAddress entry and, for firmware that compares text (older EDK2), a dNSName entry too. */
    const char *const *names;
    size_t name_count; /* at most CERTIFICATE_NAMES_MAX */
};

struct certificate_issuer {
    struct span certificate; /* DER */
    const struct private_key *key;
};

/* Make the certificate of `key` as wished, signed by `issuer`, or by itself when that is NULL.
 * 0; -EINVAL (a name, use or time that cannot stand in a certificate, or an issuer whose
 * certificate cannot be read or is not its key's); -ENOMEM; -EIO (no randomness). On failure
 * nothing is written; a certificate that does not fit fails the writer and returns -ENOSPC. */
must_check int certificate_make(const struct certificate_wish *wish, const struct private_key *key,
                                const struct certificate_issuer *issuer, struct writer *der);

/* Append DER as a PEM block "CERTIFICATE". */
void certificate_format(struct span der, struct writer *pem);

#endif

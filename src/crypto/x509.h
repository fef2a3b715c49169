/* What a certificate says, read by OpenSSL: who it is for, who made it, from when to when. Whether
 * it is to be believed is another question (crypto/pkcs7, for signatures of files). */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

#include "base/clock.h"

#include "crypto/digest.h"

#define CERTIFICATE_BYTES_MAX 65536
#define CERTIFICATE_NAME_MAX  128
#define CERTIFICATE_KEYID_MAX 32

struct certificate;

/* For people and for comparing; a plain value. */
struct certificate_facts {
    char subject[CERTIFICATE_NAME_MAX]; /* the common name, else the organisation; escaped */
    char issuer[CERTIFICATE_NAME_MAX];
    struct calendar starts, ends; /* 0 when it does not say */
    struct digest fingerprint;    /* SHA-256 of the whole */
    char key[32];                 /* "RSA 2048", "EC 256" */
    char algorithm[48];           /* by which it was signed: "sha256WithRSAEncryption" */
    uint8_t subject_key[CERTIFICATE_KEYID_MAX]; /* key identifiers of the extensions */
    uint8_t authority_key[CERTIFICATE_KEYID_MAX];
    size_t subject_key_len, authority_key_len; /* 0 when there is none, or none that short */
    bool is_self_issued;                       /* subject and issuer are the same */
};

/* Read one certificate, DER or PEM (the first of a file). 0; -EBADMSG when it is none; -ENOMEM. */
must_check int certificate_read(struct span bytes, struct certificate **ret);
void certificate_free(struct certificate *certificate);

void certificate_describe(const struct certificate *certificate, struct certificate_facts *out);

/* Its bytes as DER, in memory the certificate owns. */
struct span certificate_der(const struct certificate *certificate);

/* The digest of the part that is signed (TBSCertificate): by it firmware's lists of forbidden
 * certificates name one. 0, -ENOMEM or -ENOTSUP. */
must_check int certificate_signed_digest(const struct certificate *certificate,
                                         enum digest_kind kind, struct digest *ret);

#endif

/* Facts of a certificate, each through OpenSSL's own reader (RFC 5280). Names are made harmless for
 * a terminal here, since they are foreign text that is only ever shown. */
#include "crypto/x509.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/text.h"

#include "crypto/x509_open.h"

int certificate_take(X509 *x509, struct certificate **ret)
{
    struct certificate *c = calloc(1, sizeof *c);
    int len = c ? i2d_X509(x509, &c->der) : -1;
    if (len <= 0) {
        X509_free(x509);
        free(c);
        return -ENOMEM;
    }
    c->x509 = x509;
    c->der_len = (size_t)len;
    *ret = c;
    return 0;
}

void certificate_free(struct certificate *certificate)
{
    if (!certificate)
        return;
    X509_free(certificate->x509);
    OPENSSL_free(certificate->der);
    free(certificate);
}

/* A password callback that has none: a key in the file is not ours to ask for. */
static int no_password(char *buffer, int size, int for_writing, void *context)
{
    (void)buffer, (void)size, (void)for_writing, (void)context;
    return -1;
}

static X509 *read_pem(struct span bytes)
{
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
    X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    return x509;
}

int certificate_read(struct span bytes, struct certificate **ret)
{
    if (bytes.len == 0 || bytes.len > CERTIFICATE_BYTES_MAX)
        return -EBADMSG;
    const uint8_t *at = bytes.data;
    /* DER begins with the mark of a SEQUENCE, which no text does ("0" is not how PEM begins). */
    X509 *x509 = bytes.data[0] == 0x30 ? d2i_X509(NULL, &at, (long)bytes.len) : read_pem(bytes);
    ERR_clear_error();
    return x509 ? certificate_take(x509, ret) : -EBADMSG;
}

static void describe_name(const X509_NAME *name, char *out, size_t cap)
{
    static const int parts[] = { NID_commonName, NID_organizationName, NID_organizationalUnitName };
    struct text t = text_over(out, cap);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int at = X509_NAME_get_index_by_NID(name, parts[i], -1);
        if (at < 0)
            continue;
        unsigned char *utf8 = NULL;
        int len =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (len > 0)
            text_add_escaped(&t, span_of(utf8, (size_t)len));
        OPENSSL_free(utf8);
        if (t.len > 0)
            return;
    }
    text_add(&t, "(nameless)");
}

struct calendar certificate_time(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool ok = epoch && time && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return (struct calendar){ .ms = ok ? (days * INT64_C(86400) + seconds) * 1000 : 0 };
}

static size_t take_key_id(const ASN1_OCTET_STRING *id, uint8_t *out)
{
    int len = id ? ASN1_STRING_length(id) : 0;
    if (len <= 0 || len > CERTIFICATE_KEYID_MAX)
        return 0;
    memcpy(out, ASN1_STRING_get0_data(id), (size_t)len);
    return (size_t)len;
}

static void describe_key(X509 *x509, char *out, size_t cap)
{
    EVP_PKEY *key = X509_get0_pubkey(x509);
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    struct text t = text_over(out, cap);
    if (type)
        text_addf(&t, "%s %d", type, EVP_PKEY_get_bits(key));
    else
        text_add(&t, "unknown");
}

void certificate_describe(const struct certificate *certificate, struct certificate_facts *out)
{
    X509 *x509 = certificate->x509;
    *out = (struct certificate_facts){ 0 };
    describe_name(X509_get_subject_name(x509), out->subject, sizeof out->subject);
    describe_name(X509_get_issuer_name(x509), out->issuer, sizeof out->issuer);
    out->starts = certificate_time(X509_get0_notBefore(x509));
    out->ends = certificate_time(X509_get0_notAfter(x509));
    if (digest_of(DIGEST_SHA256, certificate_der(certificate), &out->fingerprint) < 0)
        out->fingerprint = (struct digest){ .kind = DIGEST_SHA256 };
    describe_key(x509, out->key, sizeof out->key);
    struct text algorithm = text_over(out->algorithm, sizeof out->algorithm);
    text_add(&algorithm, OBJ_nid2ln(X509_get_signature_nid(x509)));
    out->subject_key_len = take_key_id(X509_get0_subject_key_id(x509), out->subject_key);
    out->authority_key_len = take_key_id(X509_get0_authority_key_id(x509), out->authority_key);
    out->is_self_issued =
        X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    ERR_clear_error();
}

struct span certificate_der(const struct certificate *certificate)
{
    return span_of(certificate->der, certificate->der_len);
}

int certificate_signed_digest(const struct certificate *certificate, enum digest_kind kind,
                              struct digest *ret)
{
    unsigned char *tbs = NULL;
    int len = i2d_re_X509_tbs(certificate->x509, &tbs);
    if (len <= 0)
        return -ENOMEM;
    int r = digest_of(kind, span_of(tbs, (size_t)len), ret);
    OPENSSL_free(tbs);
    return r;
}

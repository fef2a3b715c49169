/* Certificates and Authenticode signatures made on the spot, for tests of those who read them. Keys
 * are small elliptic ones, since they are made in no time. */
#ifndef CRYPTO_TEST_SIGNING_H
#define CRYPTO_TEST_SIGNING_H

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "crypto/digest.h"

struct test_key {
    EVP_PKEY *key;
    X509 *x509;
};

static inline void test_key_done(struct test_key *k)
{
    X509_free(k->x509);
    EVP_PKEY_free(k->key);
}

/* A key with a certificate of this common name, made by `issuer` (NULL: by itself), for an
 * authority or not, valid between two times in seconds since 1970. */
static inline struct test_key test_key_make(const char *name, const struct test_key *issuer,
                                            bool is_authority, long starts, long ends)
{
    struct test_key made = { .key = EVP_EC_gen("P-256"), .x509 = X509_new() };
    static long serial = 1;
    X509V3_CTX context;

    assert(made.key && made.x509);
    X509_set_version(made.x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), serial++);
    ASN1_TIME_set(X509_getm_notBefore(made.x509), starts);
    ASN1_TIME_set(X509_getm_notAfter(made.x509), ends);
    X509_set_pubkey(made.x509, made.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.x509), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.x509, X509_get_subject_name(issuer ? issuer->x509 : made.x509));
    X509V3_set_ctx(&context, issuer ? issuer->x509 : made.x509, made.x509, NULL, NULL, 0);
    const struct {
        int nid;
        const char *value;
    } extensions[] = { { NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE" },
                       { NID_subject_key_identifier, "hash" },
                       { NID_authority_key_identifier, "keyid" } };
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        X509_EXTENSION *one =
            X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);
        if (one)
            X509_add_ext(made.x509, one, -1);
        X509_EXTENSION_free(one);
    }
    assert(X509_sign(made.x509, issuer ? issuer->key : made.key, EVP_sha256()) > 0);
    return made;
}

/* DER of the certificate in memory the caller frees by free(). */
static inline struct span test_certificate(const struct test_key *k)
{
    int len = i2d_X509(k->x509, NULL);
    uint8_t *data = len > 0 ? malloc((size_t)len) : NULL, *at = data;
    assert(data && i2d_X509(k->x509, &at) == len);
    return span_of(data, (size_t)len);
}

/* SpcIndirectDataContent about `digest`, in `out` of 256 bytes. Every length in it is short. */
static inline struct span test_spc_content(const struct digest *digest, uint8_t *out)
{
    /* SpcAttributeTypeAndOptionalValue: SPC_PE_IMAGE_DATA, flags, an empty file link. */
    static const uint8_t about[] = {
        0x30, 0x17, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01,
        0x0f, 0x30, 0x09, 0x03, 0x01, 0x00, 0xa0, 0x04, 0xa2, 0x02, 0x80, 0x00,
    };
    static const int nids[DIGEST_KINDS] = { NID_sha1, NID_sha256, NID_sha384, NID_sha512 };
    X509_SIG *info = X509_SIG_new();
    X509_ALGOR *algorithm;
    ASN1_OCTET_STRING *octets;
    uint8_t *der = NULL;

    assert(info);
    X509_SIG_getm(info, &algorithm, &octets);
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(nids[digest->kind]), V_ASN1_NULL, NULL);
    ASN1_OCTET_STRING_set(octets, digest->bytes, (int)digest_bytes(digest->kind));
    int len = i2d_X509_SIG(info, &der);
    assert(len > 0 && sizeof about + (size_t)len < 128);
    out[0] = 0x30;
    out[1] = (uint8_t)(sizeof about + (size_t)len);
    memcpy(out + 2, about, sizeof about);
    memcpy(out + 2 + sizeof about, der, (size_t)len);
    OPENSSL_free(der);
    X509_SIG_free(info);
    return span_of(out, 2 + sizeof about + (size_t)len);
}

/* An Authenticode signature of `digest` by `signer`, which carries the signer's certificate and
 * `others`. `is_false` signs other content than it shows. Memory for free(). */
static inline struct span test_sign(const struct test_key *signer, const struct digest *digest,
                                    const struct test_key *const *others, size_t other_count,
                                    bool is_false)
{
    static const EVP_MD *(*const methods[DIGEST_KINDS])(void) = { EVP_sha1, EVP_sha256, EVP_sha384,
                                                                  EVP_sha512 };
    uint8_t buffer[256];
    struct span content = test_spc_content(digest, buffer);
    PKCS7 *p7 = PKCS7_new(), *inner = PKCS7_new();
    ASN1_OBJECT *spc = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);

    assert(p7 && inner && spc);
    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_SIGNER_INFO *info =
        PKCS7_add_signature(p7, signer->x509, signer->key, methods[digest->kind]());
    assert(info);
    PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT,
                               OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1));
    PKCS7_add_certificate(p7, signer->x509);
    for (size_t i = 0; i < other_count; i++)
        PKCS7_add_certificate(p7, others[i]->x509);
    PKCS7_content_new(p7, NID_pkcs7_data);
    BIO *bio = PKCS7_dataInit(p7, NULL);
    assert(bio);
    BIO_write(bio, content.data + 2, (int)content.len - 2 - (is_false ? 1 : 0));
    (void)BIO_flush(bio);
    assert(PKCS7_dataFinal(p7, bio) == 1);
    BIO_free_all(bio);
    inner->type = spc;
    inner->d.other = ASN1_TYPE_new();
    ASN1_STRING *sequence = ASN1_STRING_new();
    assert(inner->d.other && sequence);
    ASN1_STRING_set(sequence, content.data, (int)content.len);
    ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, sequence);
    assert(PKCS7_set_content(p7, inner) == 1);

    int len = i2d_PKCS7(p7, NULL);
    uint8_t *data = len > 0 ? malloc((size_t)len) : NULL, *at = data;
    assert(data && i2d_PKCS7(p7, &at) == len);
    PKCS7_free(p7);
    return span_of(data, (size_t)len);
}

static inline void test_drop(struct span s)
{
    union {
        const uint8_t *in;
        void *out;
    } data = { .in = s.data };
    free(data.out);
}

#endif

/* PKCS#7 through OpenSSL. What OpenSSL does not know is SpcIndirectDataContent: a structure of
 * fixed shape with the digest at its end, written here byte by byte. Authenticode's messageDigest
 * covers the content of that structure without its outermost tag and length. */
#include "crypto/pkcs7_sign.h"

#include <errno.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/autoclean.h"

#include "crypto/private_key_openssl.h"

#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
#define SPC_OUTER_HEAD    2   /* tag and length of the outermost SEQUENCE */
#define SPC_BYTES         106 /* all of it, for a digest of 32 bytes */

DEFINE_FREEP(PKCS7, PKCS7_free)
DEFINE_FREEP(X509, X509_free)
DEFINE_FREEP(BIO, BIO_free_all)
DEFINE_FREEP(ASN1_OBJECT, ASN1_OBJECT_free)
DEFINE_FREEP(ASN1_STRING, ASN1_STRING_free)

static X509 *read_certificate(struct span der)
{
    const uint8_t *at = der.data;
    return der.len > 0 && der.len <= INT32_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
}

/* SpcIndirectDataContent { SpcPeImageData with the customary empty link, DigestInfo of SHA-256 } */
static void write_indirect_data(struct writer *w, const struct digest *digest)
{
    static const uint8_t obsolete[] = "<<<Obsolete>>>";

    writer_bytes(w, BYTES(0x30, SPC_BYTES - SPC_OUTER_HEAD));
    /* SEQUENCE { 1.3.6.1.4.1.311.2.1.15, SEQUENCE { no flags, [0] [2] [0] BMPString } } */
    writer_bytes(w, BYTES(0x30, 0x33, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02,
                          0x01, 0x0f));
    writer_bytes(w, BYTES(0x30, 0x25, 0x03, 0x01, 0x00, 0xa0, 0x20, 0xa2, 0x1e, 0x80, 0x1c));
    for (size_t i = 0; i + 1 < sizeof obsolete; i++)
        writer_be16(w, obsolete[i]);
    /* SEQUENCE { SEQUENCE { 2.16.840.1.101.3.4.2.1, NULL }, OCTET STRING } */
    writer_bytes(w, BYTES(0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                          0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20));
    writer_bytes(w, digest_span(digest));
}

/* Put the indirect data where the signature was made over plain data, which OpenSSL can do. */
static int replace_content(PKCS7 *signature, const ASN1_OBJECT *type, struct span content)
{
    autoclean(PKCS7_freep) PKCS7 *inner = PKCS7_new();
    autoclean(ASN1_STRING_freep) ASN1_STRING *bytes = ASN1_STRING_new();

    if (!inner || !bytes || ASN1_STRING_set(bytes, content.data, (int)content.len) != 1)
        return -ENOMEM;
    inner->type = OBJ_dup(type);
    inner->d.other = ASN1_TYPE_new();
    if (!inner->type || !inner->d.other)
        return -ENOMEM;
    ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, take_ptr(&bytes));
    if (PKCS7_set_content(signature, inner) != 1)
        return -ENOMEM;
    (void)take_ptr(&inner);
    return 0;
}

/* The signed attributes name the type of content; OpenSSL adds the digest and the time. */
static int sign_content(PKCS7 *signature, X509 *certificate, const struct private_key *key,
                        ASN1_OBJECT *type, struct span content)
{
    if (PKCS7_set_type(signature, NID_pkcs7_signed) != 1 ||
        PKCS7_content_new(signature, NID_pkcs7_data) != 1)
        return -ENOMEM;
    PKCS7_SIGNER_INFO *info =
        PKCS7_add_signature(signature, certificate, private_key_openssl(key), EVP_sha256());
    ASN1_OBJECT *name = OBJ_dup(type);
    if (!info || !name ||
        PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, name) != 1) {
        ASN1_OBJECT_free(name);
        return -ENOMEM;
    }
    if (PKCS7_add_certificate(signature, certificate) != 1)
        return -ENOMEM;
    autoclean(BIO_free_allp) BIO *data = PKCS7_dataInit(signature, NULL);
    struct span covered = span_from(content, SPC_OUTER_HEAD);
    if (!data || BIO_write(data, covered.data, (int)covered.len) != (int)covered.len ||
        BIO_flush(data) != 1 || PKCS7_dataFinal(signature, data) != 1)
        return -ENOMEM;
    return replace_content(signature, type, content);
}

/* Hand over what OpenSSL encoded, and free it. */
static int write_der(int len, uint8_t **data, struct writer *der)
{
    if (len <= 0)
        return -ENOMEM;
    writer_bytes(der, span_of(*data, (size_t)len));
    OPENSSL_free(*data);
    return der->failed ? -ENOSPC : 0;
}

int pkcs7_sign_program(const struct certificate_issuer *signer, const struct digest *digest,
                       struct writer *der)
{
    autoclean(X509_freep) X509 *certificate = read_certificate(signer->certificate);
    autoclean(PKCS7_freep) PKCS7 *signature = PKCS7_new();
    autoclean(ASN1_OBJECT_freep) ASN1_OBJECT *type = OBJ_txt2obj(SPC_INDIRECT_DATA, 1);
    uint8_t content[SPC_BYTES], *data = NULL;
    struct writer w = writer_over(content, sizeof content);

    if (!certificate || digest->kind != DIGEST_SHA256 ||
        X509_check_private_key(certificate, private_key_openssl(signer->key)) != 1)
        return -EINVAL;
    if (!signature || !type)
        return -ENOMEM;
    write_indirect_data(&w, digest);
    int r = sign_content(signature, certificate, signer->key, type, writer_span(&w));
    return r < 0 ? r : write_der(i2d_PKCS7(signature, &data), &data, der);
}

int pkcs7_sign_detached(const struct certificate_issuer *signer, struct span data,
                        struct writer *der)
{
    autoclean(X509_freep) X509 *certificate = read_certificate(signer->certificate);
    EVP_PKEY *key = private_key_openssl(signer->key);
    uint8_t *encoded = NULL;

    if (!certificate || data.len > INT32_MAX || X509_check_private_key(certificate, key) != 1)
        return -EINVAL;
    autoclean(BIO_free_allp) BIO *bytes = BIO_new_mem_buf(data.data, (int)data.len);
    autoclean(PKCS7_freep) PKCS7 *signature =
        bytes ? PKCS7_sign(certificate, NULL, NULL, bytes,
                           PKCS7_BINARY | PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_PARTIAL)
              : NULL;
    /* Named here, since what OpenSSL would choose by itself is not ours to know. */
    if (!signature ||
        !PKCS7_sign_add_signer(signature, certificate, key, EVP_sha256(),
                               PKCS7_BINARY | PKCS7_NOATTR) ||
        PKCS7_final(signature, bytes, PKCS7_BINARY | PKCS7_DETACHED) != 1)
        return -ENOMEM;
    return write_der(i2d_PKCS7_SIGNED(signature->d.sign, &encoded), &encoded, der);
}

/* Authenticode signatures through OpenSSL's PKCS#7 (RFC 2315; Microsoft's "Windows Authenticode
 * Portable Executable Signature Format"). The signed content is what stands inside the SEQUENCE of
 * SpcIndirectDataContent, without its tag and length; OpenSSL takes it as external data. A chain is
 * accepted as firmware accepts one: any certificate may be its end, and nobody asks for the date.
 */
#include "crypto/pkcs7.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "crypto/x509_open.h"

#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

struct pkcs7 {
    PKCS7 *p7;
    X509 *signer; /* in p7 */
    struct certificate *chain[PKCS7_CERTIFICATES_MAX];
    size_t count;
};

void pkcs7_free(struct pkcs7 *signature)
{
    if (!signature)
        return;
    for (size_t i = 0; i < signature->count; i++)
        certificate_free(signature->chain[i]);
    PKCS7_free(signature->p7);
    free(signature);
}

DEFINE_FREEP(struct pkcs7, pkcs7_free)

/* The certificate among those of the signature that made this one, or NULL. */
static X509 *find_issuer(const STACK_OF(X509) * certificates, X509 *of)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *one = sk_X509_value(certificates, i);
        if (X509_cmp(one, of) != 0 && X509_check_issued(one, of) == X509_V_OK)
            return one;
    }
    return NULL;
}

static int add_to_chain(struct pkcs7 *signature, X509 *x509)
{
    X509_up_ref(x509);
    int r = certificate_take(x509, &signature->chain[signature->count]);
    if (r == 0)
        signature->count++;
    return r;
}

/* From the signer up; certificates that issue each other in a ring end at the largest count. */
static int build_chain(struct pkcs7 *signature)
{
    STACK_OF(X509) *certificates = signature->p7->d.sign->cert;
    STACK_OF(X509) *signers = PKCS7_get0_signers(signature->p7, NULL, 0);
    /* Authenticode: "one and only one" signer. */
    signature->signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
    sk_X509_free(signers);
    int count = sk_X509_num(certificates);
    if (!signature->signer || count > PKCS7_CERTIFICATES_MAX)
        return -EBADMSG;
    int r = 0;
    for (X509 *at = signature->signer; at && r == 0 && signature->count < (size_t)count;
         at = find_issuer(certificates, at))
        r = add_to_chain(signature, at);
    return r;
}

int pkcs7_read(struct span der, struct pkcs7 **ret)
{
    const uint8_t *at = der.data;
    if (der.len == 0 || der.len > INT32_MAX)
        return -EBADMSG;
    autoclean(pkcs7_freep) struct pkcs7 *signature = calloc(1, sizeof *signature);
    if (!signature)
        return -ENOMEM;
    signature->p7 = d2i_PKCS7(NULL, &at, (long)der.len);
    int r = signature->p7 && PKCS7_type_is_signed(signature->p7) && signature->p7->d.sign
                ? build_chain(signature)
                : -EBADMSG;
    ERR_clear_error();
    if (r == 0)
        *ret = take_ptr(&signature);
    return r;
}

const struct certificate *const *pkcs7_chain(const struct pkcs7 *signature, size_t *ret_count)
{
    *ret_count = signature->count;
    return (const struct certificate *const *)signature->chain;
}

/* SpcIndirectDataContent, with its tag and length; empty when the content is something else. */
static struct span content_of(const struct pkcs7 *signature)
{
    const PKCS7 *content = signature->p7->d.sign->contents;
    char oid[sizeof SPC_INDIRECT_DATA + 1];
    int len = content && content->type ? OBJ_obj2txt(oid, sizeof oid, content->type, 1) : 0;
    if (len <= 0 || !span_is(span_text(oid), SPC_INDIRECT_DATA))
        return (struct span){ 0 };
    const ASN1_TYPE *other = content->d.other;
    if (!other || other->type != V_ASN1_SEQUENCE)
        return (struct span){ 0 };
    return span_of(ASN1_STRING_get0_data(other->value.sequence),
                   (size_t)ASN1_STRING_length(other->value.sequence));
}

static bool kind_of_algorithm(const X509_ALGOR *algorithm, enum digest_kind *ret)
{
    static const int nids[DIGEST_KINDS] = {
        [DIGEST_SHA1] = NID_sha1,
        [DIGEST_SHA256] = NID_sha256,
        [DIGEST_SHA384] = NID_sha384,
        [DIGEST_SHA512] = NID_sha512,
    };
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int nid = object ? OBJ_obj2nid(object) : NID_undef;
    for (unsigned i = 0; i < DIGEST_KINDS; i++)
        if (nids[i] == nid) {
            *ret = (enum digest_kind)i;
            return true;
        }
    return false;
}

/* DigestInfo: an algorithm and an octet string. */
static bool read_digest_info(const ASN1_TYPE *item, struct digest *ret)
{
    if (item->type != V_ASN1_SEQUENCE)
        return false;
    const uint8_t *at = ASN1_STRING_get0_data(item->value.sequence);
    X509_SIG *info = d2i_X509_SIG(NULL, &at, ASN1_STRING_length(item->value.sequence));
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *octets = NULL;
    struct digest digest = { 0 };
    if (info)
        X509_SIG_get0(info, &algorithm, &octets);
    bool ok = info && kind_of_algorithm(algorithm, &digest.kind) &&
              (size_t)ASN1_STRING_length(octets) == digest_bytes(digest.kind);
    if (ok) {
        memcpy(digest.bytes, ASN1_STRING_get0_data(octets), digest_bytes(digest.kind));
        *ret = digest;
    }
    X509_SIG_free(info);
    return ok;
}

bool pkcs7_content_digest(const struct pkcs7 *signature, struct digest *ret)
{
    struct span content = content_of(signature);
    const uint8_t *at = content.data;
    if (content.len == 0)
        return false;
    /* SpcIndirectDataContent: what kind of thing is signed, then its DigestInfo. */
    ASN1_SEQUENCE_ANY *items = d2i_ASN1_SEQUENCE_ANY(NULL, &at, (long)content.len);
    bool ok = items && sk_ASN1_TYPE_num(items) == 2 &&
              read_digest_info(sk_ASN1_TYPE_value(items, 1), ret);
    sk_ASN1_TYPE_pop_free(items, ASN1_TYPE_free);
    ERR_clear_error();
    return ok;
}

struct calendar pkcs7_signing_time(const struct pkcs7 *signature)
{
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(signature->p7->d.sign->signer_info, 0);
    const ASN1_TYPE *time = info ? PKCS7_get_signed_attribute(info, NID_pkcs9_signingTime) : NULL;
    struct calendar when = { 0 };
    if (time && (time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME))
        when = certificate_time(time->value.asn1_string);
    ERR_clear_error();
    return when;
}

bool pkcs7_is_genuine(const struct pkcs7 *signature)
{
    struct span content = content_of(signature);
    const uint8_t *at = content.data;
    long len = 0;
    int tag = 0, class = 0;

    if (content.len == 0 ||
        (ASN1_get_object(&at, &len, &tag, &class, (long)content.len) & 0x81) != 0)
        return false;
    /* Of a memory BIO OpenSSL 3.0 makes a second one, which it loses when the signature cannot be
     * read to its end; what stands before it here changes nothing but that. */
    BIO *inside = BIO_new_mem_buf(at, (int)len), *before = BIO_new(BIO_f_null());
    bool ok =
        inside && before && BIO_push(before, inside) &&
        PKCS7_verify(signature->p7, NULL, NULL, before, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
    BIO_free(before);
    BIO_free(inside);
    ERR_clear_error();
    return ok;
}

bool pkcs7_leads_to(const struct pkcs7 *signature, const struct certificate *anchor)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool ok =
        store && context && X509_STORE_add_cert(store, anchor->x509) == 1 &&
        X509_STORE_CTX_init(context, store, signature->signer, signature->p7->d.sign->cert) == 1;
    if (ok) {
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
        ok = X509_verify_cert(context) == 1;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return ok;
}

/* Did this key sign this certificate? */
static bool is_signed_by(const struct certificate *certificate, EVP_PKEY *key)
{
    return key && X509_verify(certificate->x509, key) == 1;
}

bool pkcs7_leads_to_key(const struct pkcs7 *signature, struct span key)
{
    const uint8_t *at = key.data;
    EVP_PKEY *wanted = d2i_PUBKEY(NULL, &at, (long)key.len);
    bool found = false, linked = wanted != NULL;
    for (size_t i = 0; linked && !found && i < signature->count; i++) {
        found = is_signed_by(signature->chain[i], wanted);
        const struct certificate *above = i + 1 < signature->count ? signature->chain[i + 1] : NULL;
        linked = above && X509_check_ca(above->x509) == 1 &&
                 is_signed_by(signature->chain[i], X509_get0_pubkey(above->x509));
    }
    EVP_PKEY_free(wanted);
    ERR_clear_error();
    return found;
}

/* See certificate_make.h. Each use is a row of extensions, in the words of OpenSSL's configuration
 * language; the alternative names are made as values, since they come from configuration and the
 * machine and must not be read as that language. */
#include "crypto/certificate_make.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "crypto/private_key_openssl.h"

#define SERIAL_BYTES 16 /* RFC 5280 4.1.2.2: at most 20; 64 random bits are asked of public CAs */

#define EXTENSIONS_MAX 4

struct extension {
    int nid;
    const char *value;
};

static const struct extension extensions[CERTIFICATE_USE_COUNT][EXTENSIONS_MAX] = {
    [CERTIFICATE_CA] = { { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
                         { NID_key_usage, "critical,keyCertSign,cRLSign" } },
    [CERTIFICATE_TLS_SERVER] = { { NID_basic_constraints, "critical,CA:FALSE" },
                                 /* keyEncipherment: the RSA key exchange of firmware without EC */
                                 { NID_key_usage, "critical,digitalSignature,keyEncipherment" },
                                 { NID_ext_key_usage, "serverAuth" } },
    [CERTIFICATE_TLS_CLIENT] = { { NID_basic_constraints, "critical,CA:FALSE" },
                                 { NID_key_usage, "critical,digitalSignature" },
                                 { NID_ext_key_usage, "clientAuth" } },
    [CERTIFICATE_SECURE_BOOT] = { { NID_basic_constraints, "critical,CA:FALSE" },
                                  { NID_key_usage, "critical,digitalSignature" },
                                  { NID_ext_key_usage, "codeSigning" } },
};

static bool set_serial(X509 *x)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    /* Positive, and never shorter than it looks. */
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
    BN_free(number);
    return done;
}

static bool set_validity(X509 *x, struct calendar from, struct calendar until)
{
    return until.ms > from.ms && ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(from.ms / 1000)) &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(until.ms / 1000));
}

static bool set_subject(X509 *x, const char *common_name)
{
    size_t len = common_name ? strlen(common_name) : 0;
    return len > 0 && len <= CERTIFICATE_COMMON_NAME_MAX &&
           X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)common_name, (int)len, -1, 0);
}

static bool add_extension(X509 *x, X509V3_CTX *context, struct extension row)
{
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, context, row.nid, row.value);
    bool done = e && X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    return done;
}

static bool push_name(GENERAL_NAMES *names, int kind, ASN1_STRING *value)
{
    GENERAL_NAME *name = value ? GENERAL_NAME_new() : NULL;
    if (!name) {
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, kind, value);
    if (sk_GENERAL_NAME_push(names, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return false;
}

static bool push_dns(GENERAL_NAMES *names, const char *text)
{
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (value && !ASN1_STRING_set(value, text, -1)) {
        ASN1_IA5STRING_free(value);
        value = NULL;
    }
    return push_name(names, GEN_DNS, value);
}

/* Letters, digits, '-', '.', '*', '_', and ':' of IPv6 literals. */
static bool is_name(const char *text)
{
    struct span s = span_text(text);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = ascii_lower(s.data[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !strchr("-.*_:", c))
            return false;
    }
    return s.len > 0 && s.len <= 253;
}

static bool push_one(GENERAL_NAMES *names, const char *text)
{
    if (!is_name(text))
        return false;
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    if (address && !push_name(names, GEN_IPADD, address))
        return false;
    return push_dns(names, text);
}

static bool add_names(X509 *x, const struct certificate_wish *wish)
{
    if (wish->name_count == 0)
        return true;
    if (wish->name_count > CERTIFICATE_NAMES_MAX)
        return false;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool done = names != NULL;
    for (size_t i = 0; i < wish->name_count && done; i++)
        done = push_one(names, wish->names[i]);
    done = done && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(names);
    return done;
}

static bool add_extensions(X509 *x, X509 *issuer, const struct certificate_wish *wish)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    const struct extension *rows = extensions[wish->use];
    for (size_t i = 0; i < EXTENSIONS_MAX && rows[i].value; i++)
        if (!add_extension(x, &context, rows[i]))
            return false;
    /* RFC 5280 4.2.1.2, 4.2.1.1. The subject's first: a self-signed one refers to it. */
    return add_extension(x, &context, (struct extension){ NID_subject_key_identifier, "hash" }) &&
           add_extension(x, &context,
                         (struct extension){ NID_authority_key_identifier, "keyid:always" }) &&
           add_names(x, wish);
}

static int fill(X509 *x, X509 *issuer, const struct certificate_wish *wish, EVP_PKEY *key)
{
    if (!X509_set_version(x, X509_VERSION_3) || !X509_set_pubkey(x, key))
        return -ENOMEM;
    if (!set_serial(x))
        return -EIO;
    if (!set_validity(x, wish->from, wish->until) || !set_subject(x, wish->common_name) ||
        !X509_set_issuer_name(x, X509_get_subject_name(issuer)) || !add_extensions(x, issuer, wish))
        return -EINVAL;
    return 0;
}

static int write_der(X509 *x, struct writer *der)
{
    unsigned char *bytes = NULL;
    int len = i2d_X509(x, &bytes);
    if (len <= 0)
        return -ENOMEM;
    writer_bytes(der, span_of(bytes, (size_t)len));
    OPENSSL_free(bytes);
    return der->failed ? -ENOSPC : 0;
}

static X509 *read_der(struct span der)
{
    const unsigned char *at = der.data;
    return der.len > 0 && der.len <= INT32_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
}

static int make(X509 *x, const struct certificate_wish *wish, const struct private_key *key,
                const struct certificate_issuer *issuer, struct writer *der)
{
    EVP_PKEY *signer = private_key_openssl(issuer ? issuer->key : key);
    X509 *above = issuer ? read_der(issuer->certificate) : NULL;
    int r = 0;

    if (issuer && (!above || X509_check_private_key(above, signer) != 1))
        r = -EINVAL;
    if (r == 0)
        r = fill(x, above ? above : x, wish, private_key_openssl(key));
    if (r == 0 && X509_sign(x, signer, EVP_sha256()) <= 0)
        r = -EIO;
    if (r == 0)
        r = write_der(x, der);
    X509_free(above);
    return r;
}

int certificate_make(const struct certificate_wish *wish, const struct private_key *key,
                     const struct certificate_issuer *issuer, struct writer *der)
{
    assert(wish->use < CERTIFICATE_USE_COUNT);
    X509 *x = X509_new();
    if (!x)
        return -ENOMEM;
    int r = make(x, wish, key, issuer, der);
    X509_free(x);
    ERR_clear_error();
    return r;
}

void certificate_format(struct span der, struct writer *pem)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len = 0;

    if (out && der.len <= INT32_MAX &&
        PEM_write_bio(out, PEM_STRING_X509, "", der.data, (long)der.len) > 0)
        len = BIO_get_mem_data(out, &text);
    if (len > 0)
        writer_bytes(pem, span_of(text, (size_t)len));
    else
        pem->failed = true;
    BIO_free(out);
    ERR_clear_error();
}

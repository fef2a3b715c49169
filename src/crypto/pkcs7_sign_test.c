/* Signatures as OpenSSL, another reader of the format, sees them; and the places in them at which
 * firmware looks without reading the rest. */
#include <errno.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pkcs7_sign.h"

#include <cmocka.h>

#define CONTENT_BYTES 106

struct pair {
    struct private_key *key;
    uint8_t bytes[CERTIFICATE_DER_MAX];
    struct certificate_issuer signer;
};

static void make_pair(struct pair *pair, enum key_kind kind)
{
    struct certificate_wish wish = { .use = CERTIFICATE_SECURE_BOOT,
                                     .common_name = "signs programs",
                                     .from = CERTIFICATE_BEGINNING,
                                     .until = { INT64_C(4000000000000) } };
    struct writer der = writer_over(pair->bytes, sizeof pair->bytes);
    assert_int_equal(private_key_new(kind, &pair->key), 0);
    assert_int_equal(certificate_make(&wish, pair->key, NULL, &der), 0);
    pair->signer = (struct certificate_issuer){ writer_span(&der), pair->key };
}

static int make_pairs(void **state)
{
    static struct pair pairs[3];
    make_pair(&pairs[0], KEY_RSA_2048);
    make_pair(&pairs[1], KEY_RSA_3072);
    make_pair(&pairs[2], KEY_EC_P256);
    *state = pairs;
    return 0;
}

static int free_pairs(void **state)
{
    struct pair *pairs = *state;
    for (size_t i = 0; i < 3; i++)
        private_key_free(pairs[i].key);
    return 0;
}

/* Does `signature` verify over `data` against the pair's certificate alone? */
static bool verifies(PKCS7 *signature, const struct pair *pair, struct span data)
{
    const uint8_t *at = pair->signer.certificate.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)pair->signer.certificate.len);
    BIO *bytes = BIO_new_mem_buf(data.data, (int)data.len);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, certificate);
    /* Firmware asks for no key usage; this is OpenSSL's own S/MIME question. */
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    bool good = PKCS7_verify(signature, NULL, store, bytes, NULL, PKCS7_BINARY) == 1;
    X509_STORE_free(store);
    BIO_free(bytes);
    X509_free(certificate);
    return good;
}

static void program_signature_is_authenticode(void **state)
{
    struct pair *pairs = *state;
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[PKCS7_SIGNATURE_MAX];
        struct writer der = writer_over(bytes, sizeof bytes);
        struct digest digest;
        assert_int_equal(digest_of(DIGEST_SHA256, span_text("a program"), &digest), 0);
        assert_int_equal(pkcs7_sign_program(&pairs[i].signer, &digest, &der), 0);
        /* EDK2: two-byte length form, and the digest's name at offset 32 */
        assert_memory_equal(bytes, ((uint8_t[]){ 0x30, 0x82 }), 2);
        assert_memory_equal(
            bytes + 32, ((uint8_t[]){ 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }), 9);
        const uint8_t *at = bytes;
        PKCS7 *read = d2i_PKCS7(NULL, &at, (long)der.len);
        assert_non_null(read);
        assert_ptr_equal(at, bytes + der.len);
        ASN1_TYPE *content = read->d.sign->contents->d.other;
        assert_int_equal(content->type, V_ASN1_SEQUENCE);
        struct span spc = span_of(ASN1_STRING_get0_data(content->value.sequence),
                                  (size_t)ASN1_STRING_length(content->value.sequence));
        assert_int_equal(spc.len, CONTENT_BYTES);
        assert_true(span_equals(span_from(spc, CONTENT_BYTES - 32), digest_span(&digest)));
        assert_true(verifies(read, &pairs[i], span_from(spc, 2)));
        assert_false(verifies(read, &pairs[i], spc));
        assert_false(verifies(read, &pairs[(i + 1) % 3], span_from(spc, 2)));
        PKCS7_free(read);
    }
}

static void detached_signature_is_bare(void **state)
{
    struct pair *pairs = *state;
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[PKCS7_SIGNATURE_MAX];
        struct writer der = writer_over(bytes, sizeof bytes);
        assert_int_equal(pkcs7_sign_detached(&pairs[i].signer, span_text("a variable"), &der), 0);
        /* EDK2's AuthService: the digest's name at offset 13, so no ContentInfo around it */
        assert_memory_equal(bytes, ((uint8_t[]){ 0x30, 0x82 }), 2);
        assert_memory_equal(
            bytes + 13, ((uint8_t[]){ 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }), 9);
        PKCS7 *read = PKCS7_new();
        const uint8_t *at = bytes;
        assert_int_equal(PKCS7_set_type(read, NID_pkcs7_signed), 1);
        PKCS7_SIGNED_free(read->d.sign);
        read->d.sign = d2i_PKCS7_SIGNED(NULL, &at, (long)der.len);
        assert_non_null(read->d.sign);
        assert_ptr_equal(at, bytes + der.len);
        PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(read->d.sign->signer_info, 0);
        assert_null(info->auth_attr);
        assert_true(verifies(read, &pairs[i], span_text("a variable")));
        assert_false(verifies(read, &pairs[i], span_text("another")));
        PKCS7_free(read);
    }
}

static void refusals_have_names(void **state)
{
    struct pair *pairs = *state;
    struct certificate_issuer crossed = { pairs[0].signer.certificate, pairs[1].key };
    struct certificate_issuer cut = { span_slice(pairs[0].signer.certificate, 0, 40),
                                      pairs[0].key };
    struct digest good = { .kind = DIGEST_SHA256 }, old = { .kind = DIGEST_SHA1 };
    const struct {
        const char *name;
        const struct certificate_issuer *signer;
        const struct digest *digest;
        size_t room;
        int want;
    } cases[] = {
        { "sound", &pairs[0].signer, &good, PKCS7_SIGNATURE_MAX, 0 },
        { "another's key", &crossed, &good, PKCS7_SIGNATURE_MAX, -EINVAL },
        { "cut certificate", &cut, &good, PKCS7_SIGNATURE_MAX, -EINVAL },
        { "SHA-1", &pairs[0].signer, &old, PKCS7_SIGNATURE_MAX, -EINVAL },
        { "no room", &pairs[0].signer, &good, 100, -ENOSPC },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[PKCS7_SIGNATURE_MAX];
        struct writer der = writer_over(bytes, cases[i].room);
        int r = pkcs7_sign_program(cases[i].signer, cases[i].digest, &der);
        if (r != cases[i].want)
            fail_msg("%s: %d", cases[i].name, r);
        if (r < 0)
            assert_int_equal(der.len, 0);
        der = writer_over(bytes, cases[i].room);
        r = pkcs7_sign_detached(cases[i].signer, span_text("x"), &der);
        if (cases[i].digest == &good && r != cases[i].want)
            fail_msg("%s, detached: %d", cases[i].name, r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_signature_is_authenticode),
        cmocka_unit_test(detached_signature_is_bare),
        cmocka_unit_test(refusals_have_names),
    };
    return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}

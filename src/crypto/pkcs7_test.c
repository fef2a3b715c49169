/* Certificates and Authenticode signatures, made here and read back: what they say, whether the
 * signer made them, to whom they lead; and damaged ones. */
#include <errno.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pkcs7.h"
#include "crypto/test_signing.h"

#include <cmocka.h>

#define YEAR_2001 978307200L
#define YEAR_2011 1293840000L

static struct test_key root, middle, leaf, stranger;

static int make_keys(void **state)
{
    (void)state;
    root = test_key_make("Root", NULL, true, YEAR_2001, YEAR_2011);
    middle = test_key_make("Mid\x1b"
                           "dle",
                           &root, true, YEAR_2001, YEAR_2011);
    leaf = test_key_make("Leaf", &middle, false, YEAR_2001, YEAR_2011);
    stranger = test_key_make("Root", NULL, true, YEAR_2001, YEAR_2011);
    return 0;
}

static int drop_keys(void **state)
{
    (void)state;
    test_key_done(&root);
    test_key_done(&middle);
    test_key_done(&leaf);
    test_key_done(&stranger);
    return 0;
}

static struct certificate *read_certificate(const struct test_key *key)
{
    struct span der = test_certificate(key);
    struct certificate *c = NULL;
    assert_int_equal(certificate_read(der, &c), 0);
    assert_true(span_equals(certificate_der(c), der));
    test_drop(der);
    return c;
}

static void certificates_are_described(void **state)
{
    struct certificate_facts facts, above;
    struct digest fingerprint;
    (void)state;
    struct certificate *c = read_certificate(&leaf), *m = read_certificate(&middle);
    certificate_describe(c, &facts);
    certificate_describe(m, &above);
    assert_string_equal(facts.subject, "Leaf");
    assert_string_equal(facts.issuer, "Mid\\x1bdle");
    assert_int_equal(facts.starts.ms, YEAR_2001 * 1000);
    assert_int_equal(facts.ends.ms, YEAR_2011 * 1000);
    assert_string_equal(facts.key, "EC 256");
    assert_string_equal(facts.algorithm, "ecdsa-with-SHA256");
    assert_int_equal(facts.authority_key_len, 20);
    assert_int_equal(above.subject_key_len, 20);
    assert_memory_equal(facts.authority_key, above.subject_key, 20);
    assert_int_equal(digest_of(DIGEST_SHA256, certificate_der(c), &fingerprint), 0);
    assert_true(digest_equals(&facts.fingerprint, &fingerprint));
    assert_false(facts.is_self_issued);
    assert_int_equal(certificate_signed_digest(c, DIGEST_SHA256, &fingerprint), 0);
    assert_false(digest_equals(&facts.fingerprint, &fingerprint));
    certificate_free(c);
    certificate_free(m);
}

static void pem_is_read_as_der_is(void **state)
{
    struct certificate *c, *same;
    char *text;
    (void)state;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, root.x509), 1);
    long len = BIO_get_mem_data(bio, &text);
    assert_int_equal(certificate_read(span_of(text, (size_t)len), &c), 0);
    same = read_certificate(&root);
    assert_true(span_equals(certificate_der(c), certificate_der(same)));
    assert_int_equal(certificate_read(span_of(text, (size_t)len / 2), &c), -EBADMSG);
    assert_int_equal(certificate_read(span_text(""), &c), -EBADMSG);
    assert_int_equal(certificate_read(span_slice(certificate_der(same), 0, 99), &c), -EBADMSG);
    certificate_free(c);
    certificate_free(same);
    BIO_free(bio);
}

static struct digest digest_of_text(enum digest_kind kind)
{
    struct digest d;
    assert_int_equal(digest_of(kind, span_text("a program"), &d), 0);
    return d;
}

static void signatures_say_what_they_are_about(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
        struct digest digest = digest_of_text((enum digest_kind)kind), said;
        const struct test_key *others[] = { &root, &middle };
        struct span der = test_sign(&leaf, &digest, others, 2, false);
        struct pkcs7 *signature;
        size_t count;
        struct certificate_facts facts;

        assert_int_equal(pkcs7_read(der, &signature), 0);
        assert_true(pkcs7_content_digest(signature, &said));
        assert_true(digest_equals(&digest, &said));
        assert_true(pkcs7_is_genuine(signature));
        const struct certificate *const *chain = pkcs7_chain(signature, &count);
        static const char *const names[] = { "Leaf", "Mid\\x1bdle", "Root" };
        assert_int_equal(count, 3);
        for (size_t i = 0; i < count; i++) {
            certificate_describe(chain[i], &facts);
            assert_string_equal(facts.subject, names[i]);
        }
        assert_true(pkcs7_signing_time(signature).ms > YEAR_2011 * INT64_C(1000));
        pkcs7_free(signature);
        test_drop(der);
    }
}

static void chains_are_checked_by_keys(void **state)
{
    struct digest digest = digest_of_text(DIGEST_SHA256);
    const struct test_key *others[] = { &middle };
    struct span der = test_sign(&leaf, &digest, others, 1, false);
    struct span alone = test_sign(&leaf, &digest, NULL, 0, false);
    struct certificate *r = read_certificate(&root), *m = read_certificate(&middle),
                       *l = read_certificate(&leaf), *s = read_certificate(&stranger);
    struct pkcs7 *signature;
    (void)state;

    /* All of them ended in 2011, which nobody minds. */
    assert_int_equal(pkcs7_read(der, &signature), 0);
    assert_true(pkcs7_leads_to(signature, r));
    assert_true(pkcs7_leads_to(signature, m));
    assert_true(pkcs7_leads_to(signature, l));
    assert_false(pkcs7_leads_to(signature, s)); /* the root's name, another key */
    pkcs7_free(signature);

    assert_int_equal(pkcs7_read(alone, &signature), 0);
    assert_false(pkcs7_leads_to(signature, r)); /* the one between is missing */
    assert_true(pkcs7_leads_to(signature, m));
    pkcs7_free(signature);

    certificate_free(r);
    certificate_free(m);
    certificate_free(l);
    certificate_free(s);
    test_drop(der);
    test_drop(alone);
}

static bool leads_to_key_of(struct span der, const struct test_key *key)
{
    struct pkcs7 *signature;
    uint8_t *spki = NULL;
    int len = i2d_PUBKEY(key->key, &spki);
    assert_true(len > 0);
    assert_int_equal(pkcs7_read(der, &signature), 0);
    bool leads = pkcs7_leads_to_key(signature, span_of(spki, (size_t)len));
    assert_false(pkcs7_leads_to_key(signature, span_of(spki, (size_t)len - 1)));
    OPENSSL_free(spki);
    pkcs7_free(signature);
    return leads;
}

static void keys_alone_are_enough(void **state)
{
    struct digest digest = digest_of_text(DIGEST_SHA256);
    struct test_key below = test_key_make("Below", &leaf, false, YEAR_2001, YEAR_2011);
    const struct test_key *others[] = { &middle }, *no_authority[] = { &leaf, &middle };
    struct span der = test_sign(&leaf, &digest, others, 1, false);
    struct span alone = test_sign(&leaf, &digest, NULL, 0, false);
    struct span by_leaf = test_sign(&below, &digest, no_authority, 2, false);
    (void)state;

    assert_true(leads_to_key_of(der, &root));
    assert_true(leads_to_key_of(der, &middle));
    assert_false(leads_to_key_of(der, &stranger));
    assert_false(leads_to_key_of(alone, &root)); /* the one between is missing */
    assert_true(leads_to_key_of(alone, &middle));
    assert_false(leads_to_key_of(by_leaf, &root)); /* one that may not sign others is between */
    assert_true(leads_to_key_of(by_leaf, &leaf));

    test_key_done(&below);
    test_drop(der);
    test_drop(alone);
    test_drop(by_leaf);
}

static void false_signatures_are_not_genuine(void **state)
{
    struct digest digest = digest_of_text(DIGEST_SHA256);
    struct span der = test_sign(&leaf, &digest, NULL, 0, true);
    struct pkcs7 *signature;
    (void)state;
    assert_int_equal(pkcs7_read(der, &signature), 0);
    assert_false(pkcs7_is_genuine(signature));
    pkcs7_free(signature);
    test_drop(der);
}

/* Each byte changed: what still reads as a signature and is genuine is about the same digest, made
 * by the same signer; the bytes that may change hold no promise (certificates that are not the
 * signer's, unsigned attributes, names of algorithms). */
static void damage_is_noticed(void **state)
{
    struct digest digest = digest_of_text(DIGEST_SHA256), said;
    struct span der = test_sign(&leaf, &digest, NULL, 0, false);
    struct certificate *m = read_certificate(&middle);
    uint8_t *copy = malloc(der.len);
    size_t unnoticed = 0;
    (void)state;
    assert_non_null(copy);
    for (size_t at = 0; at < der.len; at++) {
        struct pkcs7 *signature;
        memcpy(copy, der.data, der.len);
        copy[at] ^= 0x01;
        if (pkcs7_read(span_of(copy, der.len), &signature) < 0)
            continue;
        if (pkcs7_content_digest(signature, &said) && pkcs7_is_genuine(signature) &&
            pkcs7_leads_to(signature, m)) {
            assert_true(digest_equals(&said, &digest));
            unnoticed++;
        }
        pkcs7_free(signature);
    }
    assert_true(unnoticed < 24);
    for (size_t len = 0; len < der.len; len++) {
        struct pkcs7 *signature;
        assert_int_equal(pkcs7_read(span_slice(der, 0, len), &signature), -EBADMSG);
    }
    certificate_free(m);
    free(copy);
    test_drop(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_described),
        cmocka_unit_test(pem_is_read_as_der_is),
        cmocka_unit_test(signatures_say_what_they_are_about),
        cmocka_unit_test(chains_are_checked_by_keys),
        cmocka_unit_test(keys_alone_are_enough),
        cmocka_unit_test(false_signatures_are_not_genuine),
        cmocka_unit_test(damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}

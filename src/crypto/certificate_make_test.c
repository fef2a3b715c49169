/* Certificates as other eyes see them: what is made here is read back with OpenSSL, verified
 * against its issuer for its purpose, and asked for its names as a TLS client asks. */
#include <errno.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"

#include "crypto/certificate_check.h"
#include "crypto/certificate_make.h"

#include <cmocka.h>

#define YEAR_MS INT64_C(31536000000)

static const struct calendar now = { .ms = INT64_C(1780000000000) };

struct made {
    uint8_t bytes[CERTIFICATE_DER_MAX];
    struct writer der;
};

static struct certificate_wish wish_for(enum certificate_use use, const char *name)
{
    return (struct certificate_wish){ .use = use,
                                      .common_name = name,
                                      .from = CERTIFICATE_BEGINNING,
                                      .until = { now.ms + YEAR_MS } };
}

static int make(struct made *out, const struct certificate_wish *wish,
                const struct private_key *key, const struct certificate_issuer *issuer)
{
    out->der = writer_over(out->bytes, sizeof out->bytes);
    return certificate_make(wish, key, issuer, &out->der);
}

static X509 *read_back(const struct made *m)
{
    const unsigned char *at = m->bytes;
    X509 *x = d2i_X509(NULL, &at, (long)m->der.len);
    assert_non_null(x);
    assert_ptr_equal(at, m->bytes + m->der.len);
    return x;
}

/* X509_V_OK, or why `leaf` is refused where only `root` is trusted. */
static int verify(X509 *leaf, X509 *root, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, root), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
    X509_STORE_CTX_set_time(context, 0, (time_t)(now.ms / 1000));
    assert_int_equal(X509_STORE_CTX_set_purpose(context, purpose), 1);
    X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

static void ca_issues_what_its_clients_trust(void **state)
{
    static const struct {
        const char *name;
        enum key_kind ca, leaf;
        enum certificate_use use;
        int purpose, verdict;
    } cases[] = {
        { "RSA server", KEY_RSA_2048, KEY_RSA_2048, CERTIFICATE_TLS_SERVER, X509_PURPOSE_SSL_SERVER,
          X509_V_OK },
        { "EC server of an RSA CA", KEY_RSA_3072, KEY_EC_P256, CERTIFICATE_TLS_SERVER,
          X509_PURPOSE_SSL_SERVER, X509_V_OK },
        { "EC client of an EC CA", KEY_EC_P256, KEY_EC_P256, CERTIFICATE_TLS_CLIENT,
          X509_PURPOSE_SSL_CLIENT, X509_V_OK },
        { "a client's is no server's", KEY_EC_P256, KEY_EC_P256, CERTIFICATE_TLS_CLIENT,
          X509_PURPOSE_SSL_SERVER, X509_V_ERR_INVALID_PURPOSE },
    };
    static const char *const names[] = { "boot.example", "192.0.2.1", "2001:db8::1" };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct private_key *ca_key = NULL, *key = NULL;
        struct made ca, leaf;
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(private_key_new(cases[i].ca, &ca_key), 0);
        assert_int_equal(private_key_new(cases[i].leaf, &key), 0);
        struct certificate_wish wish = wish_for(CERTIFICATE_CA, "a CA");
        assert_int_equal(make(&ca, &wish, ca_key, NULL), 0);
        struct certificate_issuer issuer = { .certificate = writer_span(&ca.der), .key = ca_key };
        wish = wish_for(cases[i].use, "a machine");
        wish.names = names;
        wish.name_count = 3;
        assert_int_equal(make(&leaf, &wish, key, &issuer), 0);
        X509 *root = read_back(&ca), *x = read_back(&leaf);
        assert_int_equal(verify(x, root, cases[i].purpose), cases[i].verdict);
        assert_int_equal(X509_get_signature_nid(x), cases[i].ca == KEY_EC_P256
                                                        ? NID_ecdsa_with_SHA256
                                                        : NID_sha256WithRSAEncryption);
        assert_true(private_key_fits(key, writer_span(&leaf.der)));
        assert_false(private_key_fits(ca_key, writer_span(&leaf.der)));
        X509_free(root);
        X509_free(x);
        private_key_free(ca_key);
        private_key_free(key);
    }
}

static void names_are_found_as_clients_look(void **state)
{
    static const char *const names[] = { "boot.example", "*.lab.example", "192.0.2.1",
                                         "2001:db8::1" };
    struct private_key *key = NULL;
    struct made m;
    struct certificate_wish wish = wish_for(CERTIFICATE_TLS_SERVER, "tugboot");
    (void)state;
    wish.names = names;
    wish.name_count = 4;
    assert_int_equal(private_key_new(KEY_EC_P256, &key), 0);
    assert_int_equal(make(&m, &wish, key, NULL), 0);
    X509 *x = read_back(&m);
    assert_int_equal(X509_check_host(x, "boot.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "node.lab.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "other.example", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(x, "192.0.2.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "2001:db8::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "192.0.2.2", 0), 0);
    /* as text too, for firmware that compares the literal with dNSName */
    assert_int_equal(X509_check_host(x, "192.0.2.1", 0, 0, NULL), 1);
    X509_free(x);
    private_key_free(key);
}

static struct certificate *read_made(const struct made *m)
{
    struct certificate *c = NULL;
    assert_int_equal(certificate_read(writer_span(&m->der), &c), 0);
    return c;
}

static void what_a_certificate_is_good_for_is_told(void **state)
{
    static const char *const names[] = { "boot.example", "192.0.2.1", "fd00::1" },
                             *const more[] = { "192.0.2.1", "192.0.2.2" },
                             *const other[] = { "other.example" };
    struct private_key *ca_key = NULL, *key = NULL;
    struct made ca, other_ca, leaf;
    struct certificate_wish wish = wish_for(CERTIFICATE_CA, "a CA");
    (void)state;
    assert_int_equal(private_key_new(KEY_EC_P256, &ca_key), 0);
    assert_int_equal(private_key_new(KEY_EC_P256, &key), 0);
    assert_int_equal(make(&ca, &wish, ca_key, NULL), 0);
    assert_int_equal(make(&other_ca, &wish, key, NULL), 0);
    struct certificate_issuer issuer = { .certificate = writer_span(&ca.der), .key = ca_key };
    wish = wish_for(CERTIFICATE_TLS_SERVER, "tugboot");
    wish.names = names;
    wish.name_count = 3;
    assert_int_equal(make(&leaf, &wish, key, &issuer), 0);
    struct certificate *x = read_made(&leaf), *a = read_made(&ca), *b = read_made(&other_ca);
    assert_true(certificate_covers(x, names, 3));
    assert_true(certificate_covers(x, names, 0));
    assert_false(certificate_covers(x, more, 2));
    assert_false(certificate_covers(x, other, 1));
    assert_true(certificate_is_issued_by(x, a));
    assert_false(certificate_is_issued_by(x, b)); /* of the same name, with another key */
    assert_false(certificate_is_issued_by(a, x));
    certificate_free(x);
    certificate_free(a);
    certificate_free(b);
    private_key_free(ca_key);
    private_key_free(key);
}

static void wishes_that_cannot_be(void **state)
{
    static const char *const odd_name[] = { "a b" }, *const line[] = { "a\nDNS:b" },
                             *const empty[] = { "" };
    static const char long_name[CERTIFICATE_COMMON_NAME_MAX + 2] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const struct {
        const char *name;
        struct certificate_wish wish;
    } cases[] = {
        { "no name", { .from = { 0 }, .until = { 1000 } } },
        { "empty name", { .common_name = "", .until = { 1000 } } },
        { "long name", { .common_name = long_name, .until = { 1000 } } },
        { "ends before it begins", { .common_name = "a", .from = { 1000 } } },
        { "blank in a DNS name",
          { .common_name = "a", .until = { 1000 }, .names = odd_name, .name_count = 1 } },
        { "line break in a DNS name",
          { .common_name = "a", .until = { 1000 }, .names = line, .name_count = 1 } },
        { "empty DNS name",
          { .common_name = "a", .until = { 1000 }, .names = empty, .name_count = 1 } },
    };
    struct private_key *key = NULL, *other = NULL;
    struct made m;
    (void)state;
    assert_int_equal(private_key_new(KEY_EC_P256, &key), 0);
    assert_int_equal(private_key_new(KEY_EC_P256, &other), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(make(&m, &cases[i].wish, key, NULL), -EINVAL);
        assert_int_equal(m.der.len, 0);
    }
    struct certificate_wish wish = wish_for(CERTIFICATE_CA, "a CA");
    assert_int_equal(make(&m, &wish, key, NULL), 0);
    struct made leaf;
    struct certificate_issuer wrong = { .certificate = writer_span(&m.der), .key = other };
    assert_int_equal(make(&leaf, &wish, other, &wrong), -EINVAL);
    wrong = (struct certificate_issuer){ .certificate = BYTES(0x30, 0x03, 1, 2, 3), .key = key };
    assert_int_equal(make(&leaf, &wish, other, &wrong), -EINVAL);
    struct writer tight = writer_over(leaf.bytes, 100);
    assert_int_equal(certificate_make(&wish, key, NULL, &tight), -ENOSPC);
    private_key_free(key);
    private_key_free(other);
}

static void secure_boot_certificates_sign_code(void **state)
{
    struct private_key *key = NULL;
    struct made a, b;
    struct certificate_wish wish = wish_for(CERTIFICATE_SECURE_BOOT, "platform key");
    (void)state;
    assert_int_equal(private_key_new(KEY_RSA_2048, &key), 0);
    assert_int_equal(make(&a, &wish, key, NULL), 0);
    assert_int_equal(make(&b, &wish, key, NULL), 0);
    X509 *x = read_back(&a), *y = read_back(&b);
    assert_int_equal(verify(x, x, X509_PURPOSE_ANY), X509_V_OK);
    assert_int_equal(X509_get_extended_key_usage(x), XKU_CODE_SIGN);
    /* two of them are never taken for one: the serial numbers differ */
    assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(x), X509_get0_serialNumber(y)), 0);
    X509_free(x);
    X509_free(y);
    private_key_free(key);
}

static void pem_goes_there_and_back(void **state)
{
    uint8_t pem_bytes[CERTIFICATE_DER_MAX * 2], der_bytes[CERTIFICATE_DER_MAX];
    struct made m;
    struct certificate_wish wish = wish_for(CERTIFICATE_CA, "a CA");
    (void)state;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        struct private_key *key = NULL, *again = NULL;
        struct writer pem = writer_over(pem_bytes, PRIVATE_KEY_PEM_MAX);
        assert_int_equal(private_key_new((enum key_kind)kind, &key), 0);
        private_key_format(key, &pem);
        assert_false(pem.failed);
        assert_true(span_starts_with(writer_span(&pem), "-----BEGIN PRIVATE KEY-----\n"));
        assert_int_equal(private_key_parse(writer_span(&pem), &again), 0);
        assert_int_equal(make(&m, &wish, key, NULL), 0);
        assert_true(private_key_fits(again, writer_span(&m.der)));
        struct writer short_pem = writer_over(der_bytes, 64);
        private_key_format(key, &short_pem);
        assert_true(short_pem.failed);
        private_key_wipe(&pem);
        for (size_t i = 0; i < PRIVATE_KEY_PEM_MAX; i++)
            assert_int_equal(pem_bytes[i], 0);
        private_key_free(key);
        private_key_free(again);
    }
    struct writer pem = writer_over(pem_bytes, sizeof pem_bytes);
    certificate_format(writer_span(&m.der), &pem);
    struct certificate *back = NULL;
    assert_int_equal(certificate_read(writer_span(&pem), &back), 0);
    assert_true(span_equals(certificate_der(back), writer_span(&m.der)));
    certificate_free(back);
    assert_int_equal(certificate_read(span_text("-----BEGIN CERTIFICATE-----\nAAAA\n"), &back),
                     -EBADMSG);
    struct private_key *none = NULL;
    assert_int_equal(private_key_parse(writer_span(&pem), &none), -EINVAL);
    assert_int_equal(private_key_parse((struct span){ 0 }, &none), -EINVAL);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ca_issues_what_its_clients_trust),
        cmocka_unit_test(names_are_found_as_clients_look),
        cmocka_unit_test(what_a_certificate_is_good_for_is_told),
        cmocka_unit_test(wishes_that_cannot_be),
        cmocka_unit_test(secure_boot_certificates_sign_code),
        cmocka_unit_test(pem_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Digests of the known texts of FIPS 180-4's examples, whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/digest.h"

#include <cmocka.h>

static const struct {
    enum digest_kind kind;
    const char *text, *want;
} cases[] = {
    { DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { DIGEST_SHA384, "abc",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
      "8086072ba1e7cc2358baeca134c825a7" },
    { DIGEST_SHA512, "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void to_hex(const struct digest *d, char *out)
{
    struct span bytes = digest_span(d);
    for (size_t i = 0; i < bytes.len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes.data[i]);
}

static void digests_are_the_standards(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span text = span_text(cases[i].text);
        char hex[2 * DIGEST_BYTES_MAX + 1] = "";
        struct digest whole, stepped;
        struct digest_stream *stream;

        assert_int_equal(digest_of(cases[i].kind, text, &whole), 0);
        to_hex(&whole, hex);
        assert_string_equal(hex, cases[i].want);

        assert_int_equal(digest_stream_new(cases[i].kind, &stream), 0);
        for (size_t at = 0; at < text.len; at++)
            digest_stream_add(stream, span_slice(text, at, 1));
        assert_int_equal(digest_stream_finish(stream, &stepped), 0);
        digest_stream_free(stream);
        assert_true(digest_equals(&whole, &stepped));
    }
}

static void kinds_are_never_equal(void **state)
{
    struct digest a = { .kind = DIGEST_SHA1 }, b = { .kind = DIGEST_SHA256 };
    (void)state;
    assert_false(digest_equals(&a, &b));
    b.kind = DIGEST_SHA1;
    assert_true(digest_equals(&a, &b));
    b.bytes[19] = 1;
    assert_false(digest_equals(&a, &b));
    assert_string_equal(digest_name(DIGEST_SHA384), "SHA-384");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_the_standards),
        cmocka_unit_test(kinds_are_never_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

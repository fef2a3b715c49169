/* Which lines of gpgv make a file believed, and which do not. */
#include <errno.h>

#include "catalog/gpgv_sayings.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#define A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define S "5555555555555555555555555555555555555555" /* a key below A's primary one */

#define NEW            "[GNUPG:] NEWSIG\n"
#define IS(word, name) "[GNUPG:] " word " 0123456789ABCDEF " name "\n"
#define VALID(key, primary)                                                                        \
    "[GNUPG:] VALIDSIG " key " 2026-01-01 1767225600 0 4 0 22 10 00 " primary "\n"

static void what_is_believed(void **state)
{
    static const struct {
        const char *name, *key, *said; /* `key`: the one that is meant; NULL = every one */
        const char *want;              /* the signer, or a part of the sentence */
        bool is_good;
    } cases[] = {
        { "good", NULL, NEW IS("GOODSIG", "Dist <d@x>") VALID(A, A), "Dist <d@x> " A, true },
        { "good, and meant", A, NEW IS("GOODSIG", "D") VALID(A, A), "D " A, true },
        { "a key below the one that is meant", A, NEW IS("GOODSIG", "D") VALID(S, A), "D " A,
          true },
        { "not meant", B, NEW IS("GOODSIG", "D") VALID(A, A), A ", which is not one", false },
        { "revoked", NULL, NEW IS("REVKEYSIG", "D") VALID(A, A), "expired or was revoked", false },
        { "revoked, though meant", A, NEW IS("REVKEYSIG", "D") VALID(A, A),
          "expired or was revoked", false },
        { "expired key", NULL, NEW IS("EXPKEYSIG", "D") VALID(A, A), "expired or was revoked",
          false },
        { "expired signature", NULL, NEW IS("EXPSIG", "D") VALID(A, A), "expired or was revoked",
          false },
        { "revoked behind good", A,
          NEW IS("GOODSIG", "O") VALID(B, B) NEW IS("REVKEYSIG", "D") VALID(A, A),
          B ", which is not one", false },
        { "the same without the line between", A,
          IS("GOODSIG", "O") VALID(B, B) IS("REVKEYSIG", "D") VALID(A, A), B ", which is not one",
          false },
        { "good, and cut; then valid alone", A, NEW IS("GOODSIG", "D") NEW VALID(A, A),
          "no signature", false },
        { "revoked before good", A,
          NEW IS("REVKEYSIG", "O") VALID(B, B) NEW IS("GOODSIG", "D") VALID(A, A), "D " A, true },
        { "the one that is meant is the one that is told", A,
          NEW IS("GOODSIG", "D") VALID(A, A) NEW IS("GOODSIG", "O") VALID(B, B), "D " A, true },
        { "bad besides good", NULL, NEW IS("GOODSIG", "D") VALID(A, A) NEW IS("BADSIG", "O"),
          "not what was signed", false },
        { "valid alone", NULL, NEW VALID(A, A), "no signature", false },
        { "no key", NULL, NEW "[GNUPG:] NO_PUBKEY 0123\n", "key 0123, which is in none", false },
        { "good of a name that says more", B, NEW IS("GOODSIG", "x VALIDSIG " B " y") VALID(A, A),
          A ", which is not one", false },
        { "not gpgv's", NULL, "GOODSIG 01 D\nVALIDSIG " A "\n", "no signature", false },
        { "nothing", NULL, "", "no signature", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct offer_trust trust = { .keys = { cases[i].key },
                                           .key_count = cases[i].key ? 1 : 0 };
        struct gpgv_sayings s = { .trust = &trust };
        char data[512];
        struct text t = text_over(data, sizeof data);

        gpgv_sayings_take_all(&s, span_text(cases[i].said));
        int r = gpgv_sayings_judge(&s, "SUMS", &t);
        if (r == 0)
            text_addf(&t, "%s %s", s.signer, s.key);
        if (r != (cases[i].is_good ? 0 : -EBADMSG) || !strstr(data, cases[i].want))
            fail_msg("%s: %d, '%s'", cases[i].name, r, data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_believed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

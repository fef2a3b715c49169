/* Files of digests in each form, and lines that are none. */
#include <stdlib.h>

#include "catalog/sums.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define b "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void digests_are_found(void **state)
{
    static const struct {
        const char *what, *text, *name, *want; /* NULL = none */
    } cases[] = {
        { "sha256sum", A "  x.iso\n" B "  y.iso\n", "y.iso", b },
        { "in binary mode, with a folder", A " *./netboot/linux\n", "netboot/linux", A },
        { "BSD", "SHA256 (x.iso) = " A "\n", "x.iso", A },
        { "Fedora", "# x.iso: 5 bytes\nSHA256 (x.iso) = " A "\n", "x.iso", A },
        { "Release",
          "MD5Sum:\n 00112233445566778899aabbccddeeff 5 main/S\nSHA256:\n " A "    78509 main/S\n",
          "main/S", A },
        { "alone", A "\n", "anything.iso", A },
        { "with a carriage return", A "  x.iso\r\n", "x.iso", A },
        { "without an end", A "  x.iso", "x.iso", A },
        { "alone among others", A "\n" B "  y.iso\n", "x.iso", NULL },
        { "another name", A "  x.iso.torrent\n", "x.iso", NULL },
        { "twice the same", A "  x.iso\n" A "  x.iso\n", "x.iso", A },
        { "twice, and they differ", A "  x.iso\n" B "  x.iso\n", "x.iso", NULL },
        { "SHA-512", A A "  x.iso\n", "x.iso", NULL },
        { "SHA512 in BSD's form", "SHA512 (x.iso) = " A "\n", "x.iso", NULL },
        { "no hexadecimal", "g" A "  x.iso\n", "x.iso", NULL },
        { "a size that is none", A " x y\n", "y", NULL },
        { "nothing", "", "x.iso", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[SUMS_DIGITS + 1] = "";
        bool found = sums_find(span_text(cases[i].text), span_text(cases[i].name), got);
        if (found != (cases[i].want != NULL) || (found && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: %s", cases[i].what, found ? got : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(digests_are_found) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Messages as people type them off a screen, and the row each is taken for; every row can be found,
 * has all its words, and no key hides another. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "doctor/screen_message.h"

static void test_messages(void **state)
{
    static const struct {
        const char *message, *key, *cause; /* cause: its beginning; NULL = not known */
    } cases[] = {
        { "PXE-E53: No boot filename received", "PXE-E53", "an address came" },
        { "pxe-e53", "PXE-E53", "an address came" },
        { "  PXE-E16: No valid offer received.", "PXE-E16", "no offer" },
        { "PXE-M0F: Exiting Intel Boot Agent.", "PXE-M0F", "the ROM gave up" },
        { "BdsDxe: failed to load Boot0001 \"UEFI PXEv4\" from PciRoot(0x0): Access Denied",
          "failed to load Boot", "this boot entry" },
        { "Access Denied", "Access Denied", "the firmware's db" },
        { "Verification failed: (0x1A) Security Violation", "Verification failed: (0x1A)",
          "the second stage" },
        { "Status: 0xc0000225", "0xc0000225", "a file it needs" },
        { "No configuration methods succeeded (https://ipxe.org/040ee119)", "",
          "no configuration methods" },
        { "040ee119", "", "no configuration methods" },
        { "0x2d0c618e", "", "the web server says not found" },
        { "Connection timed out (http://ipxe.org/4c0a6035)", "", "no connection" },
        { "(4c126035)", "", "the TFTP server does not answer" },
        { "Could not boot: Error 0x7f04829a", "", "the program was loaded" },
        { "Could not boot: Error 0x7f04819a", "", "the firmware refused" },
        { "Could not start download: Operation not permitted (410de18f)", "",
          "it is not permitted" },
        { "Permission denied (0216eb8f)", "", "the certificate was not accepted" },
        { "Nothing to boot", "Nothing to boot", "an address came" },
        { "a1b2c3d4e5f60718", "", NULL },
        { "everything is fine", "", NULL },
        { "", "", NULL },
        { "7e000000", "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct screen_message *m = screen_message_find(span_text(cases[i].message), NULL);
        if (!m != !cases[i].cause)
            fail_msg("%s: %s", cases[i].message, m ? m->cause : "not known");
        if (m && (strcmp(m->key, cases[i].key) != 0 ||
                  !span_starts_with(span_text(m->cause), cases[i].cause)))
            fail_msg("%s: taken for '%s': %s", cases[i].message, m->key, m->cause);
    }
}

static void test_number(void **state)
{
    struct ipxe_error e;

    (void)state;
    assert_non_null(screen_message_find(span_text("http://ipxe.org/2d12618e"), &e));
    assert_int_equal(e.posix, 0x2d);
    assert_int_equal(e.file, 0x93);
    assert_int_equal(e.part, 1);
    assert_int_equal(e.platform, 0x8e);
    assert_string_equal(ipxe_error_name(e.posix), "ENOENT");
    assert_null(ipxe_error_name(0x7e));
    assert_non_null(screen_message_find(span_text("PXE-E53"), &e));
    assert_int_equal(e.number, 0);
}

static void test_rows(void **state)
{
    const struct screen_message *m;
    size_t count = 0;

    (void)state;
    for (; (m = screen_message_at(count)) != NULL; count++) {
        if (screen_message_find(span_text(m->key), NULL) != m)
            fail_msg("%s is not found by its own key", m->key);
        if (!m->says[0] || !m->cause[0] || !m->look[0] || !m->cure[0] || !m->source[0])
            fail_msg("%s lacks words", m->key);
    }
    assert_true(count >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Each row of quirks.def is met by the marks it is meant for, and by no others nearby. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/quirks.h"

#define ROM "PXEClient:Arch:00000:UNDI:002001"

static void test_rows(void **state)
{
    static const struct {
        const char *name, *class, *uuid;
        struct mac mac;
        uint16_t arch;
        unsigned want;
    } rows[] = {
        { "RPi4 in 97", ROM, "RPi4", { { 2 } }, 0, QUIRK_TAKE_AS_RPI },
        { "RPI4 in 97", ROM, "RPI4", { { 2 } }, 0, QUIRK_TAKE_AS_RPI },
        { "RPi4 behind a type byte", ROM, "xRPi4", { { 2 } }, 0, QUIRK_TAKE_AS_RPI },
        { "RPi in the middle is not it", ROM, "xxRPi4", { { 2 } }, 0, 0 },
        { "Pi 3", ROM, "", { { 0xb8, 0x27, 0xeb } }, 0, QUIRK_TAKE_AS_RPI | QUIRK_REPLY_LATER },
        { "Pi 3 as UEFI", "PXEClient", "", { { 0xb8, 0x27, 0xeb } }, 11, 0 },
        { "Pi 3 by HTTP", "HTTPClient", "", { { 0xb8, 0x27, 0xeb } }, 0, 0 },
        { "Pi 4 dc:a6:32", ROM, "", { { 0xdc, 0xa6, 0x32 } }, 0, QUIRK_TAKE_AS_RPI },
        { "Pi 4 e4:5f:01", ROM, "", { { 0xe4, 0x5f, 0x01 } }, 0, QUIRK_TAKE_AS_RPI },
        { "Pi 4 d8:3a:dd", ROM, "", { { 0xd8, 0x3a, 0xdd } }, 0, QUIRK_TAKE_AS_RPI },
        { "Pi 5 2c:cf:67", ROM, "", { { 0x2c, 0xcf, 0x67 } }, 0, QUIRK_TAKE_AS_RPI },
        { "one bit beside", ROM, "", { { 0x2c, 0xcf, 0x66 } }, 0, 0 },
        { "rpiboot", "PXEClient", "", { { 2 } }, 41, QUIRK_TAKE_AS_RPI },
        { "rpiboot of no boot client", "x", "", { { 2 } }, 41, 0 },
        { "EBC", "PXEClient", "", { { 2 } }, 9, QUIRK_TAKE_AS_X64 },
        { "EBC by HTTP", "HTTPClient", "", { { 2 } }, 17, QUIRK_TAKE_AS_X64 },
        { "9 by HTTP", "HTTPClient", "", { { 2 } }, 9, 0 },
        { "plain x64", "PXEClient", "", { { 2 } }, 7, 0 },
        { "plain BIOS", ROM, "", { { 2 } }, 0, 0 },
        { "nothing", "", "", { { 0 } }, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct quirk_marks marks = { .vendor_class = span_text(rows[i].class),
                                           .uuid = span_text(rows[i].uuid),
                                           .mac = rows[i].mac,
                                           .arch_wire = rows[i].arch };
        if (quirks_find(&marks) != rows[i].want)
            fail_msg("%s: %u", rows[i].name, quirks_find(&marks));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

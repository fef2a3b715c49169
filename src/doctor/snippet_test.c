/* Settings for other DHCP servers: the lines of some of them word for word, and of all that nothing
 * is left unfilled. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "doctor/snippet.h"

static const struct snippet_facts both = {
    .server = { 0xc0000201 },
    .script = "http://192.0.2.1/boot.ipxe",
    .rows = { { 0, false, "BIOS", "undionly.kpxe" },
              { 7, false, "x64 UEFI", "shimx64.efi" },
              { 16, true, "x64 UEFI", "http://192.0.2.1/disk/boot.img" } },
    .row_count = 3,
};

static char data[16384], note_data[2048];

static const char *write(const char *name, const struct snippet_facts *facts)
{
    struct text out = text_over(data, sizeof data), note = text_over(note_data, sizeof note_data);

    assert_true(snippet_write(name, facts, &out, &note));
    assert_false(out.failed || note.failed);
    return data;
}

static void test_dnsmasq(void **state)
{
    (void)state;
    assert_string_equal(write("dnsmasq", &both),
                        "dhcp-match=set:tug-ipxe,175\n"
                        "dhcp-userclass=set:tug-ipxe,iPXE\n"
                        "dhcp-boot=tag:tug-ipxe,http://192.0.2.1/boot.ipxe,,192.0.2.1\n"
                        "dhcp-match=set:tug-pxe0,option:client-arch,0\n"
                        "dhcp-boot=tag:tug-pxe0,tag:!tug-ipxe,undionly.kpxe,,192.0.2.1\n"
                        "dhcp-match=set:tug-pxe7,option:client-arch,7\n"
                        "dhcp-boot=tag:tug-pxe7,tag:!tug-ipxe,shimx64.efi,,192.0.2.1\n"
                        "dhcp-match=set:tug-http16,option:client-arch,16\n"
                        "dhcp-option-force=tag:tug-http16,60,HTTPClient\n"
                        "dhcp-boot=tag:tug-http16,tag:!tug-ipxe,http://192.0.2.1/disk/boot.img,,"
                        "192.0.2.1\n");
}

/* What only separates rows never stands at an end, whatever kinds there are. */
static void test_separators(void **state)
{
    struct snippet_facts one = both;

    (void)state;
    assert_non_null(
        strstr(write("kea", &both), "\"shimx64.efi\" },\n  { \"name\": \"tug-http16\""));
    assert_null(strstr(data, ",\n]"));
    one.row_count = 2;
    assert_non_null(strstr(write("KEA", &one), "\"shimx64.efi\" }\n]\n"));
    one.rows[0] = both.rows[2];
    one.row_count = 1;
    assert_non_null(strstr(write("kea", &one),
                           "\"boot-file-name\": \"http://192.0.2.1/boot.ipxe\" },\n"
                           "  { \"name\": \"tug-http16\""));
    assert_non_null(strstr(write("dhcpd", &one), "if option tug-arch = 00:10 {"));
}

static void test_all(void **state)
{
    const char *name, *title;
    size_t count = 0;

    (void)state;
    for (; snippet_at(count, &name, &title); count++) {
        const char *text = write(name, &both);
        const char *const words[] = { text, note_data };
        for (size_t w = 0; w < 2; w++) {
            for (const char *at = strchr(words[w], '{'); at; at = strchr(at + 1, '{'))
                if (at[1] != ' ' && at[1] != '\n' && at[1] != 0)
                    fail_msg("%s: not filled in: %.20s", name, at);
        }
        if (!strstr(text, "192.0.2.1") || !title[0] || !strstr(note_data, title))
            fail_msg("%s names no server", name);
    }
    assert_true(count >= 16);
    struct text out = text_over(data, sizeof data), note = text_over(note_data, sizeof note_data);
    assert_false(snippet_write("nosuch", &both, &out, &note));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dnsmasq),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

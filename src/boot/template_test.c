/* Tests of boot/template. */

#include "boot/template.h"
#include "boot/test_catalog.h"

static const struct reach reach = { { 0xc0000201 }, 8080 };

static void templates_are_strict(void **state)
{
    static const struct {
        const char *name, *source, *want;
        enum template_flaw flaw;
        const char *named;
    } cases[] = {
        { "plain", "quiet splash", "quiet splash", TEMPLATE_SOUND, "" },
        { "empty", "", "", TEMPLATE_SOUND, "" },
        { "facts", "ip=${address} m=${mac}", "ip=192.0.2.9 m=02:00:00:00:00:01", TEMPLATE_SOUND,
          "" },
        { "server", "${server} ${http}", "192.0.2.1 http://192.0.2.1:8080", TEMPLATE_SOUND, "" },
        { "image", "${image} ${files}/x", "debian-12 http://192.0.2.1:8080/images/debian-12/x",
          TEMPLATE_SOUND, "" },
        { "variable of the nearest group", "${room}", "lab 7", TEMPLATE_SOUND, "" },
        { "inherited variable", "${owner}", "all", TEMPLATE_SOUND, "" },
        { "host name", "${name}", "node1", TEMPLATE_SOUND, "" },
        { "hostile serial stays one word", "s=${serial}", "s=a_init__bin_sh___serial__b",
          TEMPLATE_SOUND, "" },
        { "dollars", "$ $$ $x $${mac} 5$", "$ $ $x ${mac} 5$", TEMPLATE_SOUND, "" },
        { "default of an undefined one", "x=${nothing:-http://a:-b/c}.", "x=http://a:-b/c.",
          TEMPLATE_SOUND, "" },
        { "default of one not told", "x=${asset:-}.", "x=.", TEMPLATE_SOUND, "" },
        { "default that is not needed", "${room:-none}", "lab 7", TEMPLATE_SOUND, "" },
        { "default without a name", "${:-x}", "", TEMPLATE_BAD_NAME, "" },
        { "nothing is mirrored", "${mirror}", "", TEMPLATE_UNKNOWN, "mirror" },
        { "a folder's files are in no ISO", "${iso}", "", TEMPLATE_UNKNOWN, "iso" },
        { "nobody has answers", "${answer}", "", TEMPLATE_UNKNOWN, "answer" },
        { "undefined", "a ${nothing} b", "", TEMPLATE_UNDEFINED, "nothing" },
        { "not told", "${asset}", "", TEMPLATE_UNKNOWN, "asset" },
        { "not told uuid", "${uuid}", "", TEMPLATE_UNKNOWN, "uuid" },
        { "unclosed", "a ${mac", "", TEMPLATE_UNCLOSED, "mac" },
        { "empty name", "${}", "", TEMPLATE_BAD_NAME, "" },
        { "bad name", "${a b}", "", TEMPLATE_BAD_NAME, "a b" },
        { "nested", "${a${mac}}", "", TEMPLATE_BAD_NAME, "a${mac" },
        { "escaped in the flaw", "${a\nb}", "", TEMPLATE_BAD_NAME, "a\\x0ab" },
    };
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    struct rule_settings settings;
    (void)state;

    client.address.value = 0xc0000209;
    client.serial = label_of(span_text("a init=/bin/sh\n${serial} b"));
    rule_settings_of(&test_catalog, &client, &settings);
    const struct template_scope scope = {
        .client = &client, .settings = &settings, .reach = &reach, .image = &test_images[0]
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[256], named[TEMPLATE_NAME_MAX + 1] = "";
        struct text out = text_over(buffer, sizeof buffer);
        enum template_flaw flaw = template_render(span_text(cases[i].source), &scope, &out, named);
        if (flaw != cases[i].flaw || strcmp(named, cases[i].named) != 0 ||
            (flaw == TEMPLATE_SOUND && strcmp(buffer, cases[i].want) != 0))
            fail_msg("%s: flaw %d named '%s' text '%s'", cases[i].name, (int)flaw, named, buffer);
        assert_true(template_flaw_text(flaw)[0] != 0);
    }
}

static void the_container_has_an_address(void **state)
{
    static const struct {
        const char *image, *source, *want;
        enum template_flaw flaw;
    } cases[] = {
        { "live", "url=${iso}", "url=http://192.0.2.1:8080/images/live/live%201.iso",
          TEMPLATE_SOUND },
        { "live", "url=${slim}", "url=http://192.0.2.1:8080/images/live/live%201.iso",
          TEMPLATE_SOUND },
        { "rescue", "${iso}", "http://192.0.2.1:8080/images/rescue/rescue.iso", TEMPLATE_SOUND },
        { "debian-12", "${iso}", "", TEMPLATE_UNKNOWN },
    };
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    struct rule_settings settings;
    (void)state;
    rule_settings_of(&test_catalog, &client, &settings);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct template_scope scope = {
            &client, &settings, &reach, catalog_find_image(&test_catalog, span_text(cases[i].image))
        };
        char buffer[256] = "";
        struct text out = text_over(buffer, sizeof buffer);
        assert_int_equal(template_render(span_text(cases[i].source), &scope, &out, NULL),
                         cases[i].flaw);
        if (cases[i].flaw == TEMPLATE_SOUND)
            assert_string_equal(buffer, cases[i].want);
    }
}

static void what_does_not_fit_is_a_flaw(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    struct rule_settings settings;
    char buffer[8];
    struct text out = text_over(buffer, sizeof buffer);

    rule_settings_of(&test_catalog, &client, &settings);
    const struct template_scope scope = { .client = &client,
                                          .settings = &settings,
                                          .reach = &reach };
    assert_int_equal(template_render(span_text("abc ${mac}"), &scope, &out, NULL),
                     TEMPLATE_TOO_LONG);
    out = text_over(buffer, sizeof buffer);
    assert_int_equal(template_render(span_text("${image}"), &scope, &out, NULL), TEMPLATE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_strict),
        cmocka_unit_test(the_container_has_an_address),
        cmocka_unit_test(what_does_not_fit_is_a_flaw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

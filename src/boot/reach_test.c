/* Tests of boot/reach: who gets https:// addresses, and how addresses are written. */
#include "boot/ipxe_features.h"
#include "boot/reach.h"
#include "boot/test_catalog.h"

#define HTTPS_TOLD (IPXE_FEATURES_TOLD | (UINT32_C(1) << (IPXE_HTTPS - IPXE_FEATURE_FIRST)))

static void addresses_leave_out_the_usual_port(void **state)
{
    static const struct {
        struct reach reach;
        const char *want;
    } cases[] = {
        { { .server = { 0xc0000201 }, .http_port = 80 }, "http://192.0.2.1" },
        { { .server = { 0xc0000201 }, .http_port = 443 }, "http://192.0.2.1:443" },
        { { .server = { 0xc0000201 }, .http_port = 8080, .https_port = 443, .secure = true },
          "https://192.0.2.1" },
        { { .server = { 0xc0000201 }, .http_port = 80, .https_port = 80, .secure = true },
          "https://192.0.2.1:80" },
        { { .server = { 0xc0000201 }, .http_port = 80, .https_port = 8443, .secure = true },
          "https://192.0.2.1:8443" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[64];
        struct text t = text_over(buffer, sizeof buffer);
        reach_add_server(&t, &cases[i].reach);
        assert_string_equal(buffer, cases[i].want);
    }
}

static void https_is_given_to_those_who_can(void **state)
{
    static const struct {
        const char *name;
        const char *word; /* of the host; NULL = it says nothing */
        bool offer, already;
        uint16_t port;
        enum client_kind kind;
        enum arch arch;
        uint32_t features;
        uint8_t major;
        bool want;
        const char *said; /* in the trail */
    } cases[] = {
        { "nobody says so", NULL, false, false, 443, CLIENT_HTTP, ARCH_EFI_X64, 0, 0, false, NULL },
        { "the site says so", NULL, true, false, 443, CLIENT_HTTP, ARCH_EFI_X64, 0, 0, true,
          "https.offer" },
        { "the host does not", "false", true, false, 443, CLIENT_HTTP, ARCH_EFI_X64, 0, 0, false,
          NULL },
        { "the host does", "true", false, false, 443, CLIENT_HTTP, ARCH_EFI_X64, 0, 0, true,
          "host node1 asks for it" },
        { "HTTPS is not served", "always", false, false, 0, CLIENT_HTTP, ARCH_EFI_X64, 0, 0, false,
          "not served" },
        { "it speaks HTTPS already", "false", false, true, 443, CLIENT_IPXE, ARCH_EFI_X64, 0, 0,
          true, NULL },
        { "iPXE without HTTPS", "always", false, false, 443, CLIENT_IPXE, ARCH_EFI_X64,
          IPXE_FEATURES_TOLD, 2, false, "built without HTTPS" },
        { "iPXE that trusts as firmware", "true", false, false, 443, CLIENT_IPXE, ARCH_EFI_X64,
          HTTPS_TOLD, 2, true, "https:// addresses" },
        { "iPXE of before", "true", false, false, 443, CLIENT_IPXE, ARCH_EFI_X64, HTTPS_TOLD, 1,
          false, "does not use the CAs" },
        { "iPXE of before, with the CA built in", "always", false, false, 443, CLIENT_IPXE,
          ARCH_EFI_X64, HTTPS_TOLD, 1, true, "https:// addresses" },
        { "BIOS has no list of CAs", "true", false, false, 443, CLIENT_IPXE, ARCH_BIOS_X86,
          HTTPS_TOLD, 2, false, "does not use the CAs" },
        { "autoexec by TFTP", "true", false, false, 443, CLIENT_PXE, ARCH_EFI_X64, 0, 0, false,
          "does not use the CAs" },
        { "autoexec by TFTP, always", "always", false, false, 443, CLIENT_PXE, ARCH_EFI_X64, 0, 0,
          true, "https:// addresses" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct reach reach = { .server = { 0xc0000201 },
                                     .http_port = 80,
                                     .https_port = cases[i].port,
                                     .offer_https = cases[i].offer,
                                     .secure = cases[i].already };
        const struct client client = { .kind = cases[i].kind,
                                       .arch = cases[i].arch,
                                       .ipxe_features = cases[i].features,
                                       .ipxe_version = { .major = cases[i].major } };
        const struct rule_settings settings = {
            .https = { .value = cases[i].word, .kind = "host", .by = "node1" }
        };
        struct trail trail = { 0 };
        struct reach got = reach_for(&reach, &client, &settings, &trail);
        if (got.secure != cases[i].want || trail.count != (cases[i].said ? 1 : 0) ||
            (cases[i].said && !strstr(trail.steps[0].said, cases[i].said)))
            fail_msg("%s: %d, \"%s\"", cases[i].name, got.secure, trail.steps[0].said);
        assert_int_equal(reach_for(&reach, &client, &settings, NULL).secure, cases[i].want);
    }
}

static void a_host_s_word_comes_before_its_group_s(void **state)
{
    static const struct host_group groups[] = {
        { .name = "lab", .https = "true", .match = { .has_arch = true, .arch = ARCH_EFI_X64 } },
        { .name = "old", .parent = "lab", .https = "false" },
        { .name = "new", .parent = "lab" },
    };
    static const struct host hosts[] = {
        { .name = "a", .match = { .serial = "a" }, .group = "old" },
        { .name = "b", .match = { .serial = "b" }, .group = "new" },
        { .name = "c", .match = { .serial = "c" }, .group = "old", .https = "always" },
    };
    static const struct {
        const char *serial, *want, *by;
    } cases[] = { { "a", "false", "old" },
                  { "b", "true", "lab" },
                  { "c", "always", "c" },
                  { "d", "true", "lab" } };
    const struct catalog catalog = {
        .hosts = hosts, .host_count = 3, .groups = groups, .group_count = 3
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = { .kind = CLIENT_HTTP, .arch = ARCH_EFI_X64 };
        struct rule_settings settings;
        client.serial = label_of(span_text(cases[i].serial));
        rule_settings_of(&catalog, &client, &settings);
        assert_string_equal(settings.https.value, cases[i].want);
        assert_string_equal(settings.https.by, cases[i].by);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_leave_out_the_usual_port),
        cmocka_unit_test(https_is_given_to_those_who_can),
        cmocka_unit_test(a_host_s_word_comes_before_its_group_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

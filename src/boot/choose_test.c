/* Tests of boot/choose, boot/rule, boot/loader and boot/catalog. */
#include <stdio.h>

#include "boot/choose.h"
#include "boot/explain.h"
#include "boot/loader.h"
#include "boot/rule.h"
#include "boot/test_catalog.h"

static const struct reach reach80 = { { 0xc0000201 }, 80 };
static const struct reach reach8080 = { { 0xc0000201 }, 8080 };

static void loader_follows_kind_and_architecture(void **state)
{
    static const struct {
        const char *name;
        enum client_kind kind;
        enum arch arch;
        uint8_t last;
        enum choice_kind want;
        const char *file, *url, *hint;
    } cases[] = {
        { "BIOS by PXE", CLIENT_PXE, ARCH_BIOS_X86, 9, CHOICE_LOADER, "undionly.kpxe", "", "" },
        { "x64 by PXE: signed first", CLIENT_PXE, ARCH_EFI_X64, 9, CHOICE_LOADER, "shimx64.efi", "",
          "" },
        { "x64 by HTTP", CLIENT_HTTP, ARCH_EFI_X64, 9, CHOICE_LOADER, "ipxe.efi",
          "http://192.0.2.1:8080/ipxe.efi",
          "tugboot loader fetch ipxe, or apt-get install shim-signed grub-efi-amd64-signed" },
        { "arm64 by PXE", CLIENT_PXE, ARCH_EFI_ARM64, 9, CHOICE_LOADER, "snponly-arm64.efi", "",
          "tugboot loader fetch ipxe, or apt-get install debian-installer-12-netboot-arm64" },
        { "U-Boot arm64 takes EFI", CLIENT_UBOOT, ARCH_UBOOT_ARM64, 9, CHOICE_LOADER,
          "snponly-arm64.efi", "", "" },
        { "nothing for riscv64", CLIENT_PXE, ARCH_EFI_RISCV64, 9, CHOICE_NOTHING, "", "",
          "copy a file named snponly-riscv64.efi into the loader folder" },
        { "unknown architecture", CLIENT_PXE, ARCH_NONE, 9, CHOICE_NOTHING, "", "",
          "tugboot knows no boot program for unknown" },
        { "iPXE gets the script", CLIENT_IPXE, ARCH_EFI_X64, 9, CHOICE_SCRIPT, "boot.ipxe",
          "http://192.0.2.1:8080/boot.ipxe", "" },
        { "iPXE without a loader too", CLIENT_IPXE, ARCH_EFI_RISCV64, 9, CHOICE_SCRIPT, "boot.ipxe",
          "http://192.0.2.1:8080/boot.ipxe", "" },
        { "Raspberry Pi", CLIENT_RPI, ARCH_RPI, 9, CHOICE_MENU_RPI, "", "", "" },
        { "operating system: silent", CLIENT_OS, ARCH_NONE, 9, CHOICE_NOTHING, "", "", "" },
        { "group's set, inherited", CLIENT_PXE, ARCH_EFI_X64, 1, CHOICE_LOADER, "snponly.efi", "",
          "" },
        { "chain not here: the usual order", CLIENT_PXE, ARCH_EFI_X64, 4, CHOICE_LOADER,
          "shimx64.efi", "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(cases[i].kind, cases[i].arch, cases[i].last);
        struct choice got;
        choose_loader(&test_catalog, &client, &reach8080, NULL, &got);
        if (got.kind != cases[i].want || strcmp(got.file, cases[i].file) != 0 ||
            strcmp(got.url, cases[i].url) != 0 || strcmp(got.hint, cases[i].hint) != 0)
            fail_msg("%s: kind %d file '%s' url '%s' hint '%s'", cases[i].name, (int)got.kind,
                     got.file, got.url, got.hint);
        assert_true(got.trail.count > 0);
    }
    struct choice got;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
    choose_loader(&test_catalog, &client, &reach80, NULL, &got);
    assert_string_equal(got.url, "http://192.0.2.1/boot.ipxe");
}

static void a_client_in_a_matching_group_takes_its_loader(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    struct choice got;
    client.manufacturer = label_of(span_text("acme corp."));
    choose_loader(&test_catalog, &client, &reach80, NULL, &got);
    assert_string_equal(got.file, "shimx64.efi"); /* never the helper grubx64.efi */
}

static void entry_follows_the_settings(void **state)
{
    static const struct {
        const char *name;
        enum arch arch;
        uint8_t last;
        const char *serial;
        enum entry_kind want;
        const char *image, *host;
        bool one_shot;
    } cases[] = {
        { "unknown machine", ARCH_EFI_X64, 9, "", ENTRY_MENU, "", "", false },
        { "assigned", ARCH_EFI_X64, 1, "", ENTRY_IMAGE, "debian-12", "node1", false },
        { "one-shot before the group's word", ARCH_EFI_X64, 2, "", ENTRY_IMAGE, "debian-12",
          "node2", true },
        { "one-shot for another architecture: used up, group's word", ARCH_EFI_ARM64, 2, "",
          ENTRY_MENU, "", "node2", true },
        { "image is gone", ARCH_EFI_X64, 9, "s3", ENTRY_MENU, "", "node3", false },
        { "wrong architecture", ARCH_EFI_X64, 4, "", ENTRY_MENU, "", "node4", false },
        { "MAC and serial must agree", ARCH_EFI_X64, 6, "S7", ENTRY_MENU, "", "", false },
        { "MAC and serial agree", ARCH_EFI_X64, 6, "S6", ENTRY_IMAGE, "big", "node6", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_IPXE, cases[i].arch, cases[i].last);
        struct entry got;
        client.serial = label_of(span_text(cases[i].serial));
        choose_entry(&test_catalog, &client, &got);
        const char *image = got.image ? got.image->name : "";
        const char *host = got.host ? got.host->name : "";
        if (got.kind != cases[i].want || strcmp(image, cases[i].image) != 0 ||
            strcmp(host, cases[i].host) != 0 || got.one_shot != cases[i].one_shot)
            fail_msg("%s: kind %d image '%s' host '%s' one-shot %d", cases[i].name, (int)got.kind,
                     image, host, got.one_shot);
    }
}

static void the_most_specific_host_wins(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    client.address.value = 0xc0000263;
    assert_string_equal(choose_host(&test_catalog, &client)->name, "node1");
    client.mac.bytes[5] = 9;
    assert_string_equal(choose_host(&test_catalog, &client)->name, "by-subnet");
    client.serial = label_of(span_text("S3"));
    assert_string_equal(choose_host(&test_catalog, &client)->name, "node3");
    client.serial.len = 0;
    client.address.value = 0;
    client.relay.value = 0xc0000201;
    assert_string_equal(choose_host(&test_catalog, &client)->name, "by-subnet");
    client.relay.value = 0x0a000001;
    assert_null(choose_host(&test_catalog, &client));
}

static void groups_inherit_and_circles_end(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    struct rule_settings s;
    rule_settings_of(&test_catalog, &client, &s);
    assert_int_equal(s.group_count, 2);
    assert_string_equal(s.boot.value, "debian-12");
    assert_string_equal(s.loader.value, "snponly");
    assert_string_equal(s.loader.by, "site");
    assert_int_equal(s.argument_count, 3);
    assert_string_equal(s.arguments[0], "site=1");
    assert_string_equal(s.arguments[2], "host=${name}");
    assert_string_equal(rule_find_variable(&s, span_text("room")), "lab 7");
    assert_string_equal(rule_find_variable(&s, span_text("owner")), "all");
    assert_null(rule_find_variable(&s, span_text("none")));

    client.mac.bytes[5] = 9;
    client.manufacturer = label_of(span_text("ACME"));
    rule_settings_of(&test_catalog, &client, &s);
    assert_int_equal(s.group_count, RULE_GROUPS_MAX);
}

static void a_signed_pair_is_named_with_its_folder(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    struct host host = { .name = "pinned", .loader = "snponly-shim" };
    struct catalog catalog = test_catalog;
    struct loader pair[2];
    struct choice got;
    (void)state;
    memcpy(pair, &test_loaders[TEST_PAIR], sizeof pair);
    pair[0].folder = pair[1].folder = "snponly-shim";
    catalog.loaders = pair;
    catalog.loader_count = 2;
    host.match.has_mac = true;
    host.match.mac = client.mac;
    catalog.hosts = &host;
    catalog.host_count = 1;
    choose_loader(&catalog, &client, &reach80, NULL, &got);
    assert_string_equal(got.file, "loaders/snponly-shim/snponly-shimx64.efi");
    assert_string_equal(got.loader, "snponly-shim");
    client.kind = CLIENT_HTTP;
    choose_loader(&catalog, &client, &reach80, NULL, &got);
    assert_string_equal(got.url, "http://192.0.2.1/loaders/snponly-shim/snponly-shimx64.efi");
    struct explanation e;
    explain(&catalog, &client, &reach80, NULL, &e);
    assert_true(e.runs_ipxe);
}

static void loader_rows_are_sound(void **state)
{
    (void)state;
    size_t count;
    const struct loader_row *rows = loader_rows(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(rows[i].file) < 100 && rows[i].file[0] != '/');
        assert_true(rows[i].place[0] == 0 || rows[i].place[0] == '/');
        for (size_t k = 0; k < i; k++)
            if (strcmp(rows[i].file, rows[k].file) == 0 &&
                strcmp(rows[i].folder, rows[k].folder) == 0)
                fail_msg("%s stands twice", rows[i].file);
    }
    char buffer[128];
    struct text hint = text_over(buffer, sizeof buffer);
    loader_add_hint(&hint, "undionly.kpxe");
    assert_string_equal(buffer, "apt-get install ipxe");
    hint = text_over(buffer, sizeof buffer);
    loader_add_hint(&hint, "snp.efi");
    assert_string_equal(buffer, "copy a file named snp.efi into the loader folder");
}

static void memory_and_architecture_limit_the_menu(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
    const char *why = NULL;
    const struct image *big = catalog_find_image(&test_catalog, span_text("BIG"));
    assert_non_null(big);
    assert_true(catalog_can_boot(big, &client, NULL)); /* memory not known */
    client.memory_mib = 4000;                          /* what firmware leaves of 4096 */
    assert_true(catalog_can_boot(big, &client, NULL));
    client.memory_mib = 2047;
    assert_false(catalog_can_boot(big, &client, &why));
    assert_string_equal(why, "the machine has too little memory");
    client.memory_mib = UINT32_MAX;
    assert_true(catalog_can_boot(big, &client, NULL));
    client.arch = ARCH_EFI_ARM64;
    assert_false(catalog_can_boot(big, &client, &why));
    assert_null(catalog_find_group(&test_catalog, NULL));
}

static void explain_tells_both_decisions(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_UNKNOWN, ARCH_EFI_X64, 1);
    struct explanation e;
    char words_buffer[8192], json_buffer[16384];
    struct text words = text_over(words_buffer, sizeof words_buffer);
    struct text json_text_ = text_over(json_buffer, sizeof json_buffer);
    struct json_writer json = json_over(&json_text_);

    explain(&test_catalog, &client, &reach80, NULL, &e);
    explain_write(&e, &words);
    json_write_object_begin(&json, NULL);
    explain_json(&e, &json);
    json_write_object_end(&json);
    assert_false(words.failed || json_text_.failed);
    assert_non_null(strstr(words_buffer, "firmware is told to start snponly.efi\n"));
    assert_non_null(strstr(words_buffer, "iPXE is told to start http://192.0.2.1/boot.ipxe\n"));
    assert_non_null(strstr(words_buffer, "the script starts debian-12\n"));
    assert_non_null(strstr(words_buffer, "host: it is node1, known by its MAC address\n"));
    assert_non_null(strstr(json_buffer, "\"image\":\"debian-12\""));
    assert_non_null(strstr(json_buffer, "\"file\":\"snponly.efi\""));

    client = test_client(CLIENT_PXE, ARCH_EFI_LOONG64, 9);
    words = text_over(words_buffer, sizeof words_buffer);
    explain(&test_catalog, &client, &reach80, NULL, &e);
    explain_write(&e, &words);
    assert_false(e.runs_ipxe);
    assert_non_null(strstr(words_buffer, "to change that: copy a file named snponly-loong64.efi"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loader_follows_kind_and_architecture),
        cmocka_unit_test(a_client_in_a_matching_group_takes_its_loader),
        cmocka_unit_test(entry_follows_the_settings),
        cmocka_unit_test(the_most_specific_host_wins),
        cmocka_unit_test(groups_inherit_and_circles_end),
        cmocka_unit_test(a_signed_pair_is_named_with_its_folder),
        cmocka_unit_test(loader_rows_are_sound),
        cmocka_unit_test(memory_and_architecture_limit_the_menu),
        cmocka_unit_test(explain_tells_both_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

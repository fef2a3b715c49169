/* What lies on a machine's disk: which candidates, in which order, with which files and limits. */
#include <stdio.h>

#include "boot/bootdisk_plan.h"
#include "boot/test_catalog.h"

#define MIB ((uint64_t)1 << 20)

static uint8_t memory[400000];

struct planned {
    struct candidate at[BOOTDISK_PLANS_MAX];
    uint8_t count;
    char why[200];
};

static void plan_with(const struct catalog *catalog, const struct client *client,
                      size_t memory_size, struct planned *out)
{
    struct arena arena = arena_over(memory, memory_size);
    struct text why = text_over(out->why, sizeof out->why);
    const struct reach reach = { .server = { 0xc0000201 }, .http_port = 80 };
    out->count = bootdisk_plan(catalog, client, &reach, &arena, out->at, &why);
}

static void plan(const struct client *client, struct planned *out)
{
    plan_with(&test_catalog, client, sizeof memory, out);
}

static const struct disk_part *find_part(const struct candidate *c, const char *path)
{
    for (uint16_t i = 0; i < c->disk->count; i++)
        if (strcmp(c->disk->parts[i].path, path) == 0)
            return &c->disk->parts[i];
    return NULL;
}

/* Where the file lies that is at `path` of the disk; "" = nothing is. */
static const char *source_of(const struct candidate *c, const char *path)
{
    const struct disk_part *part = find_part(c, path);
    return part && part->source.path ? part->source.path : "";
}

static bool config_has(const struct candidate *c, const char *path, const char *words)
{
    char copy[20000];
    const struct disk_part *part = find_part(c, path);
    span_to_text(part ? part->source.text : (struct span){ 0 }, copy, sizeof copy);
    return strstr(copy, words) != NULL;
}

static void names_tell_whose_it_is(void **state)
{
    static const struct {
        const char *name;
        bool is_disk;
        uint64_t mac;
    } cases[] = {
        { "disk/52-54-00-12-34-56.img", true, 0x525400123456 },
        { "DISK/52-54-00-AB-cd-EF.IMG", true, 0x525400abcdef },
        { "disk/52:54:00:12:34:56.img", true, 0x525400123456 },
        { "disk/525400123456.img", true, 0x525400123456 },
        { "disk/boot.img", true, 0 },
        { "Disk/BOOT.img", true, 0 },
        { "disk/.img", false, 0 },
        { "disk/img", false, 0 },
        { "disk/boot.iso", false, 0 },
        { "disk/boot", false, 0 },
        { "disk", false, 0 },
        { "boot.img", false, 0 },
        { "x/disk/boot.img", false, 0 },
        { "disk/x/boot.img", false, 0 },
        { "disk/00-00-00-00-00-00.img", false, 0 },
        { "disk/52-54-00-12-34.img", false, 0 },
        { "disk/52-54-00-12-34-56-78.img", false, 0 },
        { "", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mac mac = { { 9 } };
        bool is = bootdisk_name_parse(span_text(cases[i].name), &mac);
        if (is != cases[i].is_disk || (is && mac_to_u64(mac) != cases[i].mac))
            fail_msg("%s", cases[i].name);
    }
}

static void an_assigned_image_lies_on_the_disk(void **state)
{
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 1);
    struct planned got;
    (void)state;
    plan(&client, &got);
    assert_int_equal(got.count, 2);
    const struct candidate *whole = &got.at[0], *small = &got.at[1];
    assert_int_equal(whole->kind, CANDIDATE_DISK);
    assert_int_equal(whole->served_as, SERVED_DISK);
    assert_string_equal(whole->media_type, "application/vnd.efi-img");
    assert_string_equal(whole->what, "debian-12");
    assert_ptr_equal(whole->image, &test_images[0]);
    assert_true(whole->last_of_image);
    assert_null(whole->used_next_boot);
    assert_int_equal(whole->disk->bytes_max, 1024 * MIB);
    assert_string_equal(source_of(whole, "EFI/BOOT/BOOTX64.EFI"), "shimx64.efi");
    assert_string_equal(source_of(whole, "EFI/BOOT/grubx64.efi"), "grubx64.efi");
    assert_null(find_part(whole, "EFI/BOOT/mmx64.efi")); /* it is not here */
    assert_string_equal(source_of(whole, "images/debian-12/linux"), "debian-12/linux");
    assert_string_equal(source_of(whole, "images/debian-12/initrd.gz"), "debian-12/initrd.gz");
    assert_null(find_part(whole, "images/memtest/memtest.bin"));
    assert_true(config_has(whole, "tugboot/020000000001.cfg", "/images/debian-12/linux"));
    assert_true(config_has(whole, "tugboot/020000000001.cfg", "host=node1"));
    static const char *const places[] = { "EFI/BOOT/grub.cfg",
                                          "EFI/debian/grub.cfg",
                                          "EFI/fedora/grub.cfg",
                                          "EFI/ubuntu/grub.cfg",
                                          "grub/grub.cfg",
                                          "boot/grub2/grub.cfg",
                                          "debian-installer/arm64/grub/grub.cfg" };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        assert_true(config_has(whole, places[i], "configfile /tugboot/020000000001.cfg"));

    assert_string_equal(small->what, "debian-12");
    assert_false(small->last_of_image);
    assert_null(small->image);
    assert_int_equal(small->disk->bytes_max, UINT64_MAX);
    assert_null(find_part(small, "images/debian-12/linux"));
    assert_true(config_has(small, "tugboot/020000000001.cfg", "net_bootp"));
}

static void a_menu_has_all_it_offers(void **state)
{
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 77);
    struct planned got;
    (void)state;
    plan(&client, &got);
    assert_int_equal(got.count, 2);
    assert_string_equal(got.at[0].what, "menu");
    assert_null(got.at[0].image);
    assert_int_equal(got.at[0].disk->bytes_max, 128 * MIB);
    assert_non_null(find_part(&got.at[0], "images/debian-12/linux"));
    assert_string_equal(source_of(&got.at[0], "images/memtest/memtest.bin"),
                        "tools/memtest/memtest.bin");
    assert_non_null(find_part(&got.at[0], "images/big/a/initrd"));
    assert_null(find_part(&got.at[0], "images/arm/uki.efi"));
    assert_null(find_part(&got.at[0], "images/disk/disk.img")); /* GRUB cannot start it */
    assert_true(config_has(&got.at[0], "tugboot/02000000004d.cfg", "menuentry"));
    assert_string_equal(got.at[1].what, "menu");
}

static void a_one_shot_is_told(void **state)
{
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 2);
    struct planned got;
    (void)state;
    plan(&client, &got);
    assert_string_equal(got.at[0].what, "debian-12");
    assert_string_equal(got.at[0].used_next_boot->name, "node2");
    assert_string_equal(got.at[1].used_next_boot->name, "node2");
}

static void limits_follow_memory_and_settings(void **state)
{
    static const struct {
        uint32_t memory_mib, host_max_mib, image, menu;
    } cases[] = {
        { 0, 0, 1024, 128 }, { 512, 0, 170, 128 },   { 256, 0, 85, 85 }, { 8192, 0, 1024, 128 },
        { 0, 64, 64, 64 },   { 0, 2000, 2000, 128 }, { 96, 64, 32, 32 }, { 8192, 2000, 2000, 128 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host hosts[2] = { test_hosts[1], test_hosts[1] };
        struct catalog catalog = test_catalog;
        struct planned got;
        hosts[1].match.mac.bytes[5] = 77;
        hosts[1].boot = "menu";
        hosts[0].disk_max_mib = hosts[1].disk_max_mib = cases[i].host_max_mib;
        catalog.hosts = hosts;
        catalog.host_count = 2;
        for (unsigned which = 0; which < 2; which++) {
            struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, which == 0 ? 1 : 77);
            client.memory_mib = cases[i].memory_mib;
            plan_with(&catalog, &client, sizeof memory, &got);
            uint64_t want = (which == 0 ? cases[i].image : cases[i].menu) * MIB;
            if (got.count != 2 || got.at[0].disk->bytes_max != want)
                fail_msg("row %zu: %llu", i, (unsigned long long)got.at[0].disk->bytes_max);
        }
    }
}

/* A UKI that firmware trusts starts by itself; any other is GRUB's to start. */
static void programs_are_their_own_loader_when_trusted(void **state)
{
    struct image image = test_images[0];
    struct catalog catalog = test_catalog;
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 1);
    struct planned got;
    (void)state;
    image.kind = IMAGE_EFI;
    image.kernel = "uki.efi";
    image.initrd_count = 0;
    catalog.images = &image;
    catalog.image_count = 1;
    plan_with(&catalog, &client, sizeof memory, &got);
    assert_string_equal(source_of(&got.at[0], "EFI/BOOT/BOOTX64.EFI"), "shimx64.efi");
    assert_string_equal(source_of(&got.at[0], "images/debian-12/uki.efi"), "debian-12/uki.efi");
    image.secure = (struct secure_facts){
        .inspected = true, .is_efi = true, .is_signed = true, .signers = SECURE_MICROSOFT_UEFI_2023
    };
    plan_with(&catalog, &client, sizeof memory, &got);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.at[0].disk->count, 1);
    assert_string_equal(source_of(&got.at[0], "EFI/BOOT/BOOTX64.EFI"), "debian-12/uki.efi");
    assert_true(got.at[0].last_of_image);
    image.secure.is_damaged = true;
    plan_with(&catalog, &client, sizeof memory, &got);
    assert_string_equal(source_of(&got.at[0], "EFI/BOOT/BOOTX64.EFI"), "shimx64.efi");
}

static void what_is_missing_is_told(void **state)
{
    static const struct {
        enum arch arch;
        const char *without, *why;
        uint8_t count;
    } cases[] = {
        { ARCH_EFI_X64, "", "", 2 },
        { ARCH_NONE, "", "", 2 }, /* taken for x64 */
        { ARCH_EFI_X64, "shimx64.efi", "no boot disk without shimx64.efi", 0 },
        { ARCH_EFI_X64, "grubx64.efi", "no boot disk without grubx64.efi", 0 },
        { ARCH_EFI_ARM64, "", "no boot disk without shimaa64.efi", 0 },
        { ARCH_BIOS_X86, "", "there is no boot disk for", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loader loaders[16];
        struct catalog catalog = test_catalog;
        struct client client = test_client(CLIENT_HTTP, cases[i].arch, 1);
        struct planned got;
        size_t count = 0;
        for (size_t k = 0; k < test_catalog.loader_count; k++)
            if (strcmp(test_loaders[k].file, cases[i].without) != 0)
                loaders[count++] = test_loaders[k];
        catalog.loaders = loaders;
        catalog.loader_count = count;
        plan_with(&catalog, &client, sizeof memory, &got);
        if (got.count != cases[i].count ||
            strncmp(got.why, cases[i].why, strlen(cases[i].why)) != 0)
            fail_msg("row %zu: %u %s", i, got.count, got.why);
    }
}

/* Without the network's GRUB the disk's will do, but then there is no small disk. */
static void the_grub_of_disks_will_do(void **state)
{
    struct loader loaders[2] = { test_loaders[5], test_loaders[6] };
    struct catalog catalog = test_catalog;
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 1);
    struct planned got;
    (void)state;
    loaders[1].file = "grubdiskx64.efi";
    loaders[1].path = "grubx64.efi.signed";
    catalog.loaders = loaders;
    catalog.loader_count = 2;
    plan_with(&catalog, &client, sizeof memory, &got);
    assert_int_equal(got.count, 1);
    assert_string_equal(source_of(&got.at[0], "EFI/BOOT/grubx64.efi"), "grubx64.efi.signed");
    span_to_text(span_text("SUSE Linux Enterprise Secure Boot CA"), loaders[1].secure.vendor,
                 sizeof loaders[1].secure.vendor);
    plan_with(&catalog, &client, sizeof memory, &got);
    assert_non_null(find_part(&got.at[0], "EFI/BOOT/grub.efi"));
}

static void a_full_arena_is_told(void **state)
{
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 1);
    struct planned got;
    (void)state;
    for (size_t size = 0; size < 60000; size += 61) {
        plan_with(&test_catalog, &client, size, &got);
        assert_true(got.count > 0 || got.why[0]);
    }
    assert_int_equal(got.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_whose_it_is),
        cmocka_unit_test(an_assigned_image_lies_on_the_disk),
        cmocka_unit_test(a_menu_has_all_it_offers),
        cmocka_unit_test(a_one_shot_is_told),
        cmocka_unit_test(limits_follow_memory_and_settings),
        cmocka_unit_test(programs_are_their_own_loader_when_trusted),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(the_grub_of_disks_will_do),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests_name("plan of the boot disk", tests, NULL, NULL);
}

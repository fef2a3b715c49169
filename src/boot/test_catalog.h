/* A small catalog for the tests of this floor: two hosts with groups, five images, loaders. */
#ifndef BOOT_TEST_CATALOG_H
#define BOOT_TEST_CATALOG_H

/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "boot/catalog.h"

#define TEST_X86 (1u << ARCH_BIOS_X86 | 1u << ARCH_EFI_X64)

static const struct root test_roots[] = {
    { ROOT_LOADERS, "/usr/lib/ipxe" },
    { ROOT_IMAGES, "/var/lib/tugboot/images" },
    { ROOT_FILES, "/srv/boot" },
};

static const struct loader test_loaders[] = {
    { .set = "snponly", .file = "snponly.efi", .arch = ARCH_EFI_X64, .path = "snponly.efi" },
    { .set = "ipxe", .file = "ipxe.efi", .arch = ARCH_EFI_X64, .path = "ipxe.efi" },
    { .set = "undionly", .file = "undionly.kpxe", .arch = ARCH_BIOS_X86, .path = "undionly.kpxe" },
    { .set = "ipxe", .file = "ipxe.pxe", .arch = ARCH_BIOS_X86, .path = "ipxe.pxe" },
    { .set = "snponly",
      .file = "snponly-arm64.efi",
      .arch = ARCH_EFI_ARM64,
      .path = "arm/snponly.efi" },
    { .set = "grub", .file = "shimx64.efi", .arch = ARCH_EFI_X64, .path = "shimx64.efi" },
    { .set = "grub", .file = "grubx64.efi", .arch = ARCH_EFI_X64, .path = "grubx64.efi" },
    { .set = "snponly-shim",
      .file = "snponly-shimx64.efi",
      .arch = ARCH_EFI_X64,
      .path = "pair/snponly-shimx64.efi",
      .folder = "pair" },
    { .set = "snponly-shim",
      .file = "snponly.efi",
      .arch = ARCH_EFI_X64,
      .path = "pair/snponly.efi",
      .folder = "pair" },
};

#define TEST_PAIR 7 /* of the loaders: a signed pair, in a folder that chain.def does not know */

/* An ISO with a tree: texts, extents and entries as an index has them. */
static const char test_texts[] = "boot\0boot.cfg\0boot/initrd\0boot/Linux\0empty\0x&<\"y";

static const struct image_extent test_extents[] = {
    { 2048, 30 },                  /* boot.cfg */
    { 4096, 100 },                 /* boot/initrd, in two places */
    { 10240, 50 }, { 8192, 2000 }, /* boot/Linux */
    { 20480, 7 },                  /* the odd name */
};

static const struct image_index_entry test_entries[] = {
    { .path = 0, .path_len = 4, .is_folder = 1 },
    { .path = 5, .path_len = 8, .size = 30, .extents = 0, .extent_count = 1 },
    { .path = 14, .path_len = 11, .size = 150, .extents = 1, .extent_count = 2 },
    { .path = 26, .path_len = 10, .size = 2000, .extents = 3, .extent_count = 1 },
    { .path = 37, .path_len = 5, .extents = 4 },
    { .path = 43, .path_len = 5, .size = 7, .extents = 4, .extent_count = 1 },
};

static const struct image_index test_index = {
    .entries = test_entries,
    .extents = test_extents,
    .texts = test_texts,
    .entry_count = sizeof test_entries / sizeof test_entries[0],
    .extent_count = sizeof test_extents / sizeof test_extents[0],
    .texts_len = sizeof test_texts,
    .tree = IMAGE_TREE_ROCK_RIDGE,
    .container_size = 40960,
    .volume = "TEST",
    .system = "",
    .note = "",
};

static const struct image_container test_container = { .index = &test_index, .file = "live 1.iso" };

static const struct image test_images[] = {
    { .name = "debian-12",
      .title = "Debian 12 installer",
      .group = "Installers",
      .kind = IMAGE_LINUX,
      .arches = TEST_X86,
      .kernel = "linux",
      .initrds = { "initrd.gz" },
      .initrd_count = 1,
      .arguments = "priority=low url=${http}/x.cfg",
      .root = 1,
      .folder = "debian-12" },
    { .name = "memtest",
      .title = "Memory test",
      .group = "Tools",
      .kind = IMAGE_LINUX,
      .arches = TEST_X86,
      .kernel = "memtest.bin",
      .root = 1,
      .folder = "tools/memtest" },
    { .name = "arm",
      .title = "For arm64",
      .group = "Installers",
      .kind = IMAGE_EFI,
      .arches = 1u << ARCH_EFI_ARM64,
      .kernel = "uki.efi",
      .root = 1,
      .folder = "arm" },
    { .name = "big",
      .title = "Needs memory",
      .group = "",
      .kind = IMAGE_LINUX,
      .arches = TEST_X86,
      .kernel = "vmlinuz",
      .initrds = { "a/initrd", "b/initrd", "odd name" },
      .initrd_count = 3,
      .arguments = "serial=${serial} room=${room}",
      .root = 1,
      .folder = "big",
      .memory_mib = 4096 },
    { .name = "broken",
      .title = "Broken || template",
      .group = "Tools",
      .kind = IMAGE_LINUX,
      .arches = TEST_X86,
      .kernel = "k",
      .arguments = "a || shell",
      .root = 1,
      .folder = "broken" },
    { .name = "disk",
      .title = "A disk",
      .group = "Tools",
      .kind = IMAGE_SANBOOT,
      .arches = 1u << ARCH_BIOS_X86,
      .kernel = "disk.img",
      .root = 1,
      .folder = "disk" },
    { .name = "rescue",
      .title = "A file by itself",
      .group = "Tools",
      .kind = IMAGE_SANBOOT,
      .arches = 1u << ARCH_BIOS_X86,
      .kernel = "rescue.iso",
      .root = 1,
      .folder = "" },
    { .name = "live",
      .title = "Out of an ISO",
      .group = "Tools",
      .kind = IMAGE_LINUX,
      .arches = 1u << ARCH_EFI_ARM64,
      .kernel = "boot/linux",
      .initrds = { "boot/initrd", "live 1.iso" },
      .initrd_count = 2,
      .initrd_names = { NULL, "/live.iso" },
      .root = 1,
      .folder = "",
      .container = &test_container,
      .edits = { { .path = "boot.cfg", .kind = IMAGE_EDIT_ESXI, .add = "ks=${serial}" } },
      .edit_count = 1 },
    { .name = "beside",
      .title = "An ISO and its folder",
      .group = "Tools",
      .kind = IMAGE_LINUX,
      .arches = 1u << ARCH_EFI_ARM64,
      .kernel = "boot/Linux",
      .root = 1,
      .folder = "beside",
      .container = &test_container },
};

static const struct host_group test_groups[] = {
    { .name = "site",
      .boot = "menu",
      .loader = "snponly",
      .arguments = "site=1",
      .variables = { { "room", "cellar" }, { "owner", "all" } },
      .variable_count = 2 },
    { .name = "lab",
      .parent = "site",
      .boot = "memtest",
      .arguments = "lab=1",
      .variables = { { "room", "lab 7" } },
      .variable_count = 1 },
    { .name = "circle", .parent = "circle", .loader = "grub", .match = { .vendor = "ACME" } },
};

static const struct host test_hosts[] = {
    { .name = "by-subnet",
      .match = { .has_subnet = true, .subnet = { { 0xc0000200 }, 24 } },
      .boot = "local" },
    { .name = "node1",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 1 } } },
      .boot = "debian-12",
      .arguments = "host=${name}",
      .group = "lab" },
    { .name = "node2",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 2 } } },
      .group = "lab",
      .next_boot = "debian-12" },
    { .name = "node3", .match = { .serial = "S3" }, .boot = "gone" },
    { .name = "node4",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 4 } } },
      .boot = "arm",
      .loader = "undionly" },
    { .name = "node5",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 5 } } },
      .boot = "broken" },
    { .name = "node6",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 6 } }, .serial = "S6" },
      .boot = "big" },
};

static const struct catalog test_catalog = {
    .generation = 1,
    .roots = test_roots,
    .root_count = sizeof test_roots / sizeof test_roots[0],
    .loaders = test_loaders,
    .loader_count = sizeof test_loaders / sizeof test_loaders[0],
    .images = test_images,
    .image_count = sizeof test_images / sizeof test_images[0],
    .hosts = test_hosts,
    .host_count = sizeof test_hosts / sizeof test_hosts[0],
    .groups = test_groups,
    .group_count = sizeof test_groups / sizeof test_groups[0],
    .disk = { .size_max_mib = 1024, .menu_max_mib = 128 },
    .menu = { .title = "tugboot", .timeout_ms = 30000, .default_choice = "local" },
};

static inline struct client test_client(enum client_kind kind, enum arch arch, uint8_t last)
{
    return (struct client){ .kind = kind, .arch = arch, .mac = { { 2, 0, 0, 0, 0, last } } };
}

#endif

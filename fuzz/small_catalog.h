/* A catalog for the targets that need a boot decision: a loader for BIOS, x64 and arm64, and a host
 * with an address and a loader of its own. */
#ifndef FUZZ_SMALL_CATALOG_H
#define FUZZ_SMALL_CATALOG_H

#include "boot/catalog.h"

static const struct root small_roots[] = { { ROOT_LOADERS, "/usr/lib/ipxe" } };

static const struct loader small_loaders[] = {
    { .set = "undionly", .file = "undionly.kpxe", .arch = ARCH_BIOS_X86, .path = "undionly.kpxe" },
    { .set = "ipxe", .file = "ipxe.efi", .arch = ARCH_EFI_X64, .path = "ipxe.efi" },
    { .set = "snponly",
      .file = "snponly-arm64.efi",
      .arch = ARCH_EFI_ARM64,
      .path = "snponly-arm64.efi" },
    { .set = "grub", .file = "shimx64.efi", .arch = ARCH_EFI_X64, .path = "shimx64.efi" },
    { .set = "grub", .file = "grubx64.efi", .arch = ARCH_EFI_X64, .path = "grubx64.efi" },
};

static const struct host small_hosts[] = {
    { .name = "node1",
      .match = { .has_mac = true, .mac = { { 0x52, 0x54, 0, 0, 0, 1 } } },
      .address = { 0xc0000232 },
      .loader = "grub" },
};

static const struct catalog small_catalog = {
    .generation = 1,
    .roots = small_roots,
    .root_count = 1,
    .loaders = small_loaders,
    .loader_count = sizeof small_loaders / sizeof small_loaders[0],
    .hosts = small_hosts,
    .host_count = 1,
};

#endif

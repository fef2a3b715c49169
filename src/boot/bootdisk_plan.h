/* What lies on one machine's boot disk: the distribution's signed shim and GRUB, a configuration
 * made for this very machine at every place where some distribution's GRUB looks for it, and the
 * kernels and initrds of what it is to boot. Nothing is opened here; how large the files are is the
 * shell's knowledge, so a plan carries its limit and the next candidate is the smaller one. */
#ifndef BOOT_BOOTDISK_PLAN_H
#define BOOT_BOOTDISK_PLAN_H

#include "boot/resolve.h"

#define BOOTDISK_PLANS_MAX 2

/* A file of the disk. */
struct disk_part {
    const char *path; /* on the disk */
    struct part source;
};

/* All in the arena of the request. */
struct disk_plan {
    const struct disk_part *parts;
    uint16_t count;
    uint64_t bytes_max; /* of all parts together; beyond it this is not the disk to give */
};

/* Is this the name of a boot disk, "disk/52-54-00-12-34-56.img" or "disk/boot.img" (whoever asks)?
 * *ret_mac is zero for the latter. ASCII case is ignored. */
bool bootdisk_name_parse(struct span path, struct mac *ret_mac);

/* The disks for this client, best first: at most BOOTDISK_PLANS_MAX candidates; 0 with a sentence
 * in `why` when there is nothing to make one of. A client of unknown architecture is taken for x64.
 *
 * The first has the files of what is to boot: of the assigned image, or of all that are on the
 * menu. The second, for machines and images the first would be too large for, has the menu alone;
 * its GRUB gets an address by itself and fetches by TFTP. */
uint8_t bootdisk_plan(const struct catalog *catalog, const struct client *client,
                      const struct reach *reach, struct arena *arena,
                      struct candidate out[BOOTDISK_PLANS_MAX], struct text *why);

#endif

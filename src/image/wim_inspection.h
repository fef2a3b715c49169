/* All that can be told about a WIM before a machine boots it: its images, and what wimboot takes
 * out of the one that is booted: the boot managers, by whom they are signed, and what else a boot
 * needs. Windows' boot managers are signed under the CA of 2011 (bootmgfw.efi) and, in images that
 * were brought up to date since 2024, under that of 2023 (bootmgfw_EX.efi) as well; firmware knows
 * one, the other or both. */
#ifndef IMAGE_WIM_INSPECTION_H
#define IMAGE_WIM_INSPECTION_H

#include "image/inspection.h"
#include "image/wim_xml.h"

#define WIM_BOOT_FILE_MAX (UINT32_C(16) << 20) /* boot managers have two or three MiB */

enum wim_boot_manager {
    WIM_MANAGER_2023, /* what wimboot tries first */
    WIM_MANAGER_2011,
    WIM_MANAGERS,
};

/* A file a boot takes out of the WIM. */
struct wim_boot_file {
    const char *path;
    bool is_there;
    enum wim_flaw flaw; /* why it is not, when that is more than that it is absent */
    size_t bytes;
};

enum wim_boot_part {
    WIM_PART_BOOTMGR_EXE, /* what wimboot starts on BIOS */
    WIM_PART_BOOT_SDI,
    WIM_PART_BCD_EFI,
    WIM_PART_BCD_BIOS,
    WIM_PART_BOOT_STL, /* Windows 11 24H2 does not boot by Secure Boot without it */
    WIM_PARTS,
};

struct wim_inspection {
    struct wim wim;
    bool is_read; /* header and description are sound */
    struct wim_image images[WIM_IMAGES_MAX];
    size_t image_count;
    uint32_t booted; /* the image looked into: the one a boot starts */
    struct wim_boot_file managers[WIM_MANAGERS];
    struct inspection programs[WIM_MANAGERS]; /* of those that are there */
    struct wim_boot_file parts[WIM_PARTS];
    enum inspection_verdict verdict;
    char headline[2 * INSPECTION_PHRASE_MAX];
    struct secure_facts facts;
};

/* Inspect the WIM `path` of the source; `index` is the image to be booted, 0 = the one that is
 * marked, else the last. `out` is large: not for the stack. 0, -EIO as inspection_make(), or
 * -ENOMEM; what is wrong with the file is in out->wim.flaw and the headline. For processes without
 * rights. */
must_check int wim_inspection_make(const struct image_source *source, const char *path,
                                   uint32_t index, const struct trust *trust,
                                   struct wim_inspection *out);

/* The image of that number, or NULL. */
const struct wim_image *wim_inspection_find(const struct wim_inspection *in, uint32_t index);

#endif

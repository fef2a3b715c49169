/* What a machine is handed to start Windows: which files, under which names, from where. Decided
 * from what the image has and from the devices the machine told of. */
#ifndef BOOT_WINDOWS_PLAN_H
#define BOOT_WINDOWS_PLAN_H

#include "base/text.h"

#include "boot/catalog.h"

/* wimboot has places for 63 files, of which it fills up to 16 itself out of the WIM, and takes
 * names of 31 characters (wimboot: src/vdisk.h, src/wimfile.c). */
#define WINDOWS_FILES_MAX     44
#define WINDOWS_FILE_NAME_MAX 32
#define WINDOWS_PLAN_DRIVERS  16

/* Files made for the machine, in the order they are handed over. */
#define WINDOWS_FILE_SHELL   "winpeshl.ini"
#define WINDOWS_FILE_START   "startnet.cmd"
#define WINDOWS_FILE_ANSWERS "autounattend.xml"

struct windows_plan {
    const struct image *image;
    bool runs_start;  /* winpeshl.ini and startnet.cmd are handed over */
    bool has_answers; /* and an answer file */
    const struct windows_driver *drivers[WINDOWS_PLAN_DRIVERS];
    size_t driver_count;
    size_t left_out; /* drivers that fit, for which there was no room */
};

/* Does the script have to ask for the machine's devices? */
bool windows_wants_devices(const struct image *image);

/* `image` is IMAGE_WIM. */
void windows_plan_make(const struct image *image, const struct pci_device *devices, size_t count,
                       struct windows_plan *out);

/* The name under which file `file` of driver `driver` (0 = its .inf) of the plan is handed over:
 * all lie in one folder there, so they get others, and startnet.cmd puts them back. */
void windows_driver_file_name(size_t driver, size_t file, char out[WINDOWS_FILE_NAME_MAX]);

/* Where that file lies below the image's folder; false when the path is too long. */
bool windows_driver_file_path(const struct windows_driver *driver, size_t file, struct text *out);

/* The wire name of the wimboot for a machine of that kind; NULL when there is none. */
const char *windows_wimboot(enum arch arch);

/* May the word stand on wimboot's command line? It stops at one it does not know. */
bool windows_is_wimboot_word(struct span word);

#endif

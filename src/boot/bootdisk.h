/* A boot disk that is never written anywhere: a FAT file system laid out over files that lie where
 * they lie, as a chain of pieces. Boot sectors and folders are made in memory, allocation tables
 * are reckoned when their bytes are asked for, contents come straight from the files. Its length is
 * exact, and the same files always give the same bytes, so that HEAD, ranges and a download that is
 * resumed later all agree. Firmware makes a RAM disk of it (UEFI 2.10 24.7, HTTP Boot). */
#ifndef BOOT_BOOTDISK_H
#define BOOT_BOOTDISK_H

#include "base/arena.h"

#include "model/body.h"

#define BOOTDISK_FILES_MAX 256

/* A file of the disk. */
struct bootdisk_file {
    const char *path; /* on the disk: "EFI/BOOT/BOOTX64.EFI", parts separated by one slash */
    struct body_piece source; /* its content; `length` is its size, unless there is more of it */
    /* What tells this content from any other of the same size: a file's entity tag; "" for memory,
     * whose bytes are taken. */
    const char *identity;
    const struct body_piece *more; /* what of its content follows `source` */
    uint32_t more_count;
};

enum bootdisk_flaw {
    BOOTDISK_SOUND,
    BOOTDISK_TOO_MANY,       /* more than BOOTDISK_FILES_MAX files */
    BOOTDISK_BAD_NAME,       /* a part of a path cannot be a name in a FAT folder */
    BOOTDISK_NAME_TAKEN,     /* two files of the same name, case ignored, or a file as a folder */
    BOOTDISK_FOLDER_FULL,    /* more than a folder holds, or no short name left */
    BOOTDISK_FILE_TOO_LARGE, /* FAT ends at 4 GiB - 1 */
    BOOTDISK_TOO_LARGE,      /* all together */
    BOOTDISK_NO_MEMORY,      /* the arena is used up */
};

/* "a file of 4 GiB or more": a phrase for people. */
const char *bootdisk_flaw_text(enum bootdisk_flaw flaw);

/* Lay the files out, in their order. *out gets the pieces (in the arena, as all else that is made),
 * size, entity tag and media type. Descriptors stay whose they were: each source is in the body
 * exactly once when it is SOUND, and *out is untouched otherwise. */
enum bootdisk_flaw bootdisk_lay_out(const struct bootdisk_file *files, size_t count,
                                    struct arena *arena, struct body *out);

#endif

/* What a file is, by its first bytes: Linux kernels by their boot headers, EFI programs by their PE
 * header, disk and CD images by their marks. */
#ifndef IMAGE_PROGRAM_H
#define IMAGE_PROGRAM_H

#include "image/source.h"
#include "model/arch.h"

enum program_kind {
    PROGRAM_UNREADABLE, /* no such file, or it cannot be read */
    PROGRAM_UNKNOWN,
    PROGRAM_LINUX,   /* a kernel a loader starts with an initrd: bzImage, arm64 or RISC-V Image */
    PROGRAM_EFI,     /* an EFI application */
    PROGRAM_UKI,     /* an EFI application that carries kernel and initrd */
    PROGRAM_CDROM,   /* ISO 9660 */
    PROGRAM_DISK,    /* partition table in its first sector */
    PROGRAM_WIM,     /* a container of Windows, which wimboot starts */
    PROGRAM_GZIP,    /* compressed: no firmware can start it */
    PROGRAM_BAD_EFI, /* begins like an EFI program and is cut or broken */
};

struct program {
    enum program_kind kind;
    uint32_t arches;  /* arch_bit() of what can start it; 0 when unknown */
    char version[80]; /* a kernel's own, first word; "" when unknown */
};

/* Look at the file. Never fails: what is not known is PROGRAM_UNKNOWN. */
void program_probe(const struct image_source *source, const char *path, struct program *out);

/* "a Linux kernel", "an ISO 9660 image", ... */
const char *program_kind_text(enum program_kind kind);

#endif

/* An entry of the menu: what it needs to be booted. Lives in a catalog snapshot; all pointers are
 * into that snapshot's memory. */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H

#include "model/arch.h"
#include "model/safe_path.h"
#include "model/secure.h"
#include "model/windows.h"

enum image_kind {
    IMAGE_LINUX,   /* kernel, initrds, arguments */
    IMAGE_EFI,     /* one EFI program or UKI */
    IMAGE_SANBOOT, /* a disk or CD image iPXE attaches */
    IMAGE_WIM,     /* Windows PE or Setup, which wimboot starts */
};

#define IMAGE_INITRDS_MAX 8

struct image {
    const char *name;  /* the folder's name: [a-z0-9._-]+, unique */
    const char *title; /* for people */
    const char *group; /* "" = no group */
    enum image_kind kind;
    uint32_t arches;    /* arch_bit() of every machine kind that can boot it */
    const char *kernel; /* path inside the folder; the EFI program, disk image or WIM for others */
    const char *initrds[IMAGE_INITRDS_MAX];
    uint8_t initrd_count;
    const char *shim;           /* the kernel's distribution's shim, path inside; "" or NULL */
    const char *arguments;      /* kernel arguments, a template with ${variables} */
    uint16_t root;              /* catalog root the folder lies in */
    const char *folder;         /* safe path below that root */
    uint32_t memory_mib;        /* least RAM, 0 = not known */
    int32_t order;              /* lower comes first */
    struct secure_facts secure; /* of the kernel or EFI program; the boot managers of a WIM */
    const struct windows_start *windows; /* IMAGE_WIM only, else NULL */
};

#endif

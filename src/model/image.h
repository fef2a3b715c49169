/* An entry of the menu: what it needs to be booted. Lives in a catalog snapshot; all pointers are
 * into that snapshot's memory. */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H

#include "model/answer_kind.h"
#include "model/arch.h"
#include "model/image_index.h"
#include "model/safe_path.h"
#include "model/secure.h"
#include "model/windows.h"

enum image_kind {
    IMAGE_LINUX,   /* kernel, initrds, arguments */
    IMAGE_EFI,     /* one EFI program or UKI */
    IMAGE_SANBOOT, /* a disk or CD image iPXE attaches */
    IMAGE_WIM,     /* Windows PE or Setup, which wimboot starts */
    /* A floppy, disk or CD image that syslinux' memdisk keeps in memory (BIOS): the last resort */
    IMAGE_MEMDISK,
};

#define IMAGE_INITRDS_MAX 8
#define IMAGE_EDITS_MAX   4
#define IMAGE_SLIM_MAX    8
#define IMAGE_CPIO_ENDING ".cpio"    /* what follows the path of an initrd that has a name */
#define IMAGE_SLIM_NAME   "slim.iso" /* the container, holding only what `slim` names */

/* A file that holds a tree, from which an image is offered. */
struct image_container {
    const struct image_index *index;
    const char *file; /* its own name, which is the last part of its path */
    uint16_t number;  /* by which the shell finds it open */
};

/* A small text of the image that is changed on its way out (boot/edit). */
enum image_edit_kind {
    IMAGE_EDIT_ESXI, /* boot.cfg of VMware ESXi */
    IMAGE_EDIT_GRUB, /* a grub.cfg */
};

struct image_edit {
    const char *path; /* of the file; case is ignored */
    enum image_edit_kind kind;
    const char *add; /* a template: what the kernel is told besides; NULL or "" = nothing */
};

struct image {
    const char *name; /* the folder's name: [a-z0-9._-]+, unique */
    /* Of the image whose further entry this is, and whose files it shares; NULL = its own. */
    const char *main_name, *main_title;
    uint8_t entry;     /* which entry of that image, 0 = the first */
    const char *title; /* for people */
    const char *group; /* "" = no group */
    enum image_kind kind;
    uint32_t arches;    /* arch_bit() of every machine kind that can boot it */
    const char *kernel; /* path inside the folder; the EFI program, disk image or WIM for others */
    const char *initrds[IMAGE_INITRDS_MAX];
    /* Not NULL: the initrd is the archive that holds the file under this name (cpio), as
     * "/proxmox.iso", and is served by its path and IMAGE_CPIO_ENDING. */
    const char *initrd_names[IMAGE_INITRDS_MAX];
    uint8_t initrd_count;
    const char *shim;             /* the kernel's distribution's shim, path inside; "" or NULL */
    const char *arguments;        /* kernel arguments, a template with ${variables} */
    enum answer_kind answer_kind; /* in which form its installer takes answers */
    /* Before the others for machines that have an answer of that kind; NULL = the kind's own. */
    const char *answer_arguments;
    /* Not NULL: a path in the initramfs. The installer finds its answer there, in an archive behind
     * the initrds, and is told the arguments below instead (NULL = the kind's own). */
    const char *answer_inside;
    const char *answer_inside_arguments;
    bool is_untested;    /* nobody has booted it like this yet */
    const char *answers; /* the template of it; NULL or "" = hosts and groups say */
    uint16_t root;       /* catalog root the folder lies in */
    const char *folder;  /* safe path below that root */
    /* NULL: all lies in the folder. Else what is not in the folder is in the container. */
    const struct image_container *container;
    struct image_edit edits[IMAGE_EDITS_MAX];
    uint8_t edit_count;
    const char *slim[IMAGE_SLIM_MAX]; /* files and folders of the container */
    uint8_t slim_count;
    uint32_t memory_mib;        /* least RAM, 0 = not known */
    int32_t order;              /* lower comes first */
    bool is_hidden;             /* not on the menu; hosts and groups may name it */
    struct secure_facts secure; /* of the kernel or EFI program; the boot managers of a WIM */
    const struct windows_start *windows; /* IMAGE_WIM only, else NULL */
};

/* The name under which its files are the same for all entries of its image. */
static inline const char *image_main_name(const struct image *image)
{
    return image->main_name ? image->main_name : image->name;
}

#endif

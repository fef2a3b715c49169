/* A body as it is planned: one part after another, none of them open yet. How large a file of a
 * folder is, is the shell's knowledge, so what depends on it (the header of an archive's member,
 * what fills up to a border) is made when it is opened. */
#ifndef BOOT_PART_H
#define BOOT_PART_H

#include "base/arena.h"

#include "model/image.h"

enum part_kind {
    PART_FILE,   /* a file beneath a root */
    PART_INSIDE, /* a file inside a container, or with entry NULL the container itself */
    PART_TEXT,
    PART_ZEROS,
};

struct part {
    enum part_kind kind;
    uint16_t root;    /* PART_FILE: index of catalog->roots */
    const char *path; /* PART_FILE: a safe path; PART_INSIDE: one that hides it, or NULL */
    bool any_case;    /* PART_FILE: the case of the path is forgiven */
    const struct image_container *container; /* PART_INSIDE */
    const struct image_index_entry *entry;   /* PART_INSIDE */
    struct span text;                        /* PART_TEXT: in the arena */
    uint64_t length;                         /* PART_ZEROS */
    /* Not NULL: the bytes are a member of this name of a cpio archive, which the shell ends after
     * the last part that is one. */
    const char *cpio_name;
    /* Where the bytes begin in the whole: zeros fill up to a multiple of it. 0 = at once. */
    uint32_t align;
};

struct part_plan {
    const struct part *parts;
    uint16_t count;
};

#endif

/* The partitions of a disk image: MBR, and GPT (UEFI 2.10 5.2, 5.3). */
#ifndef IMAGE_PARTITIONS_H
#define IMAGE_PARTITIONS_H

#include "image/view.h"

#define PARTITIONS_MAX 128

struct partition {
    uint32_t number;         /* from 1 on, as systems number them */
    uint64_t offset, length; /* bytes; they may lie behind the end */
};

struct partitions {
    struct partition items[PARTITIONS_MAX];
    size_t count;
};

/* Read the table, if there is one; primary partitions alone where it is an MBR. False when the
 * source failed. */
must_check bool partitions_read(struct view *view, struct partitions *ret);

#endif

/* Names of a FAT folder: the entries of a long one are gathered as they come, backwards, before the
 * short one they belong to. */
#ifndef IMAGE_FAT_NAME_H
#define IMAGE_FAT_NAME_H

#include "base/text.h"

#define FAT_ENTRY_BYTES   32
#define FAT_NAME_PARTS    20
#define FAT_PART_UNITS    13
#define FAT_NAME_TEXT_MAX (FAT_NAME_PARTS * FAT_PART_UNITS * 3 + 1)

struct fat_name {
    uint16_t units[FAT_NAME_PARTS * FAT_PART_UNITS];
    size_t count;    /* of the units; 0 = no long name is under way */
    unsigned wanted; /* the part that must come next; 0 = it is whole */
    uint8_t sum;     /* of the short name it is for */
};

/* The entry is a part of a long name. */
bool fat_name_is_part(struct span entry);

/* Take a part in; one that does not belong to those before begins anew, or ends it. */
void fat_name_take(struct fat_name *name, struct span entry);

/* Append the name of the short entry: the long one when it is whole and belongs to it. The gathered
 * one is used up. Of less than an entry nothing is appended. */
void fat_name_finish(struct fat_name *name, struct span entry, struct text *out);

#endif

/* Names in a FAT folder: what may be a long name, its 8.3 alias, and the entries both are written
 * as (FAT specification 6 and 7). Long names come in as UTF-8. */
#ifndef BOOT_FAT_NAME_H
#define BOOT_FAT_NAME_H

#include "base/writer.h"

#define FAT_LONG_MAX  255 /* UTF-16 units */
#define FAT_SHORT_LEN 11

enum fat_attribute {
    FAT_READ_ONLY = 0x01,
    FAT_VOLUME_LABEL = 0x08,
    FAT_FOLDER = 0x10,
};

/* 8 + 3 characters without the dot, filled up with blanks. */
struct fat_short {
    uint8_t text[FAT_SHORT_LEN];
};

/* Can this be the name of a file: UTF-8, at most FAT_LONG_MAX units, none of "*:<>?\| or control
 * characters, not ending in a dot or blank (which readers drop). */
bool fat_name_is_sound(struct span name);

/* Is the name its own alias (upper case and 8.3), so that it needs no long one? */
bool fat_name_is_short(struct span name, struct fat_short *ret_alias);

/* The alias of a name that is not short. Attempt 0 is the name itself in upper case, where it fits
 * 8.3 without loss (false otherwise); attempt n > 0 ends in "~n", n at most 999999. */
bool fat_name_alias(struct span name, uint32_t attempt, struct fat_short *ret_alias);

/* How many entries the name takes in its folder, its own and those of a long name. */
uint32_t fat_name_entries(struct span name);

/* Append the entries: with `cluster` 0 and `size` 0 for an empty file. The long ones are left out
 * when the name is short. Times are the first there are (1980-01-01), so that equal disks are
 * equal.
 */
void fat_name_write(struct writer *w, struct span name, const struct fat_short *alias,
                    uint8_t attributes, uint32_t cluster, uint32_t size);

/* An entry without a long name: "." and "..", and the volume's label. */
void fat_name_write_short(struct writer *w, const char text[FAT_SHORT_LEN + 1], uint8_t attributes,
                          uint32_t cluster);

#endif

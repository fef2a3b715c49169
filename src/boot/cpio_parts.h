/* An archive in the form in which Linux takes files along with its initrd: cpio "newc"
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Pure: headers and padding around
 * bytes that lie elsewhere. */
#ifndef BOOT_CPIO_PARTS_H
#define BOOT_CPIO_PARTS_H

#include "base/arena.h"
#include "base/checked.h"

#define CPIO_ALIGN    4   /* an archive begins at a multiple of it, and so does all in it */
#define CPIO_NAME_MAX 255 /* bytes */

/* What stands before the bytes of a member: its folders, and its own header. `number` is unique in
 * the archive, from 1 on, and counts folders too: *ret_number is the next. An empty span with data
 * NULL when the arena is used up, the name is empty, too long or has a ".." part, or there are 4
 * GiB or more of the file. Leading slashes of the name are dropped. */
struct span cpio_header(struct arena *arena, const char *name, uint64_t size, uint32_t number,
                        uint32_t *ret_number);

/* How many zeros follow bytes of this length. */
static inline uint32_t cpio_padding(uint64_t length)
{
    return (uint32_t)(-length & (CPIO_ALIGN - 1));
}

/* What ends an archive; its length is a multiple of CPIO_ALIGN. */
struct span cpio_trailer(void);

#endif

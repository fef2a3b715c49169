/* An ISO 9660 image that is never written anywhere: some files of a container, laid out as a disc
 * of their own, whose contents stay where they lie. An installer that loads its whole disc into
 * memory then needs no more of it than it uses. Names are Rock Ridge's (SUSP, RRIP 1.12), with
 * plain ones of ECMA-119 beside them. Its length is exact, and the same files always give the same
 * bytes. */
#ifndef BOOT_SLIM_ISO_H
#define BOOT_SLIM_ISO_H

#include "boot/part.h"

#define SLIM_ISO_FILES_MAX 256 /* files and folders */

enum slim_iso_flaw {
    SLIM_ISO_SOUND,
    SLIM_ISO_EMPTY,     /* the container has nothing of what is wanted */
    SLIM_ISO_TOO_MANY,  /* more than SLIM_ISO_FILES_MAX files and folders */
    SLIM_ISO_BAD_NAME,  /* a name longer than Rock Ridge holds in one record */
    SLIM_ISO_TOO_LARGE, /* 8 TiB, more than sectors can be counted */
    SLIM_ISO_NO_MEMORY, /* the arena is used up */
};

/* "it has none of the files": a phrase for people. */
const char *slim_iso_flaw_text(enum slim_iso_flaw flaw);

/* Lay out what the container has of these paths: files, and folders with all they hold; case is
 * ignored. *out gets the parts of the image, in the arena. */
enum slim_iso_flaw slim_iso_plan(const struct image_container *container, const char *const *paths,
                                 uint8_t path_count, struct arena *arena, struct part_plan *out);

#endif

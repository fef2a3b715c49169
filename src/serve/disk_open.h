/* Opens the files of a planned boot disk (boot/bootdisk_plan) and lays it out over them. */
#ifndef SERVE_DISK_OPEN_H
#define SERVE_DISK_OPEN_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/text.h"

#include "boot/bootdisk_plan.h"
#include "model/body.h"

/* `root_fds` are those of the catalog's roots. 0 and a body that holds a descriptor per file, to be
 * closed by the caller. -ENOENT: a file is not there; -EFBIG: the plan's limit, or what a FAT disk
 * can be, is passed; -ENOMEM: the arena is used up; another negative errno of opening (-EMFILE,
 * -EACCES, ...). `why` gets a phrase for people, and nothing stays open. */
must_check int disk_open(const struct disk_plan *plan, const int *root_fds, struct arena *arena,
                         struct body *out, struct text *why);

#endif

/* Opens the files of a planned boot disk (boot/bootdisk_plan) and lays it out over them. */
#ifndef SERVE_DISK_OPEN_H
#define SERVE_DISK_OPEN_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/text.h"

#include "boot/bootdisk_plan.h"
#include "model/body.h"
#include "serve/part_open.h"

/* 0 and a body that holds descriptors, to be closed by the caller unless they are lent. -ENOENT: a
 * file is not there; -EFBIG: the plan's limit, or what a FAT disk can be, is passed; -ENOMEM: the
 * arena is used up; another negative errno of opening (-EMFILE, -EACCES, ...). `why` gets a phrase
 * for people, and nothing stays open. */
must_check int disk_open(const struct disk_plan *plan, const struct part_places *places,
                         struct arena *arena, struct body *out, struct text *why);

#endif

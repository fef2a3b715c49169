/* Deep copies of changes, so that what a change points to may die once it was handed over. */
#ifndef SERVE_STORE_COPY_H
#define SERVE_STORE_COPY_H

#include "base/checked.h"

#include "model/change.h"

/* Copy the changes that are not lazy, with all they point to, into one block of memory to be
 * released with free(). *ret_copy is NULL when there are none. 0, -ENOMEM, or -EINVAL when a host
 * is missing. */
must_check int store_copy_promised(const struct change *changes, size_t count,
                                   struct change **ret_copy, size_t *ret_count);

#endif

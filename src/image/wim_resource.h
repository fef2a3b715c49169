/* Reading a resource of a WIM at any place, unpacked: one packed block is held at a time. The
 * unpacking is wimlib's; where the blocks lie is checked here. For processes without rights only.
 */
#ifndef IMAGE_WIM_RESOURCE_H
#define IMAGE_WIM_RESOURCE_H

#include "image/wim.h"

struct wim_resource;

/* Make a resource readable; `wim` must outlive it. 0, -ENOMEM, or -EBADMSG with wim->flaw. */
must_check int wim_resource_open(struct wim *wim, const struct wim_resource_header *where,
                                 struct wim_resource **ret_resource);

/* Its length in bytes, unpacked. Of a solid resource it stands in the resource itself. */
uint64_t wim_resource_size(const struct wim_resource *resource);

/* Exactly `len` unpacked bytes at `offset`. 0, or -EBADMSG with wim->flaw. */
must_check int wim_resource_read(struct wim_resource *resource, uint64_t offset, void *data,
                                 size_t len);

void wim_resource_free(struct wim_resource *resource);

#endif

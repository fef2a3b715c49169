/* The table of all runs of bytes a WIM holds, each known by its SHA-1: files, and the table of
 * names of every image. */
#ifndef IMAGE_WIM_BLOBS_H
#define IMAGE_WIM_BLOBS_H

#include "image/wim.h"

/* Where the table of names of image `number` (from 1) lies. 0, -ENOMEM, or -EBADMSG with
 * wim->flaw. */
must_check int wim_blobs_find_names(struct wim *wim, uint32_t number,
                                    struct wim_resource_header *ret);

/* The bytes of the blob with that digest, checked against it: `*ret_data` is to be freed; an empty
 * one is NULL. 0, -ENOMEM, or -EBADMSG with wim->flaw (WIM_TOO_LARGE beyond `cap`). */
must_check int wim_blobs_read(struct wim *wim, const uint8_t sha1[WIM_SHA1_BYTES], size_t cap,
                              uint8_t **ret_data, size_t *ret_len);

#endif

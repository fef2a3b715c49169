/* The names of a WIM's image: from a path to a file's bytes. */
#ifndef IMAGE_WIM_TREE_H
#define IMAGE_WIM_TREE_H

#include "image/wim.h"

struct wim_tree;

/* Open the table of names of image `number` (from 1); `wim` must outlive it. 0, -ENOMEM, or
 * -EBADMSG with wim->flaw. */
must_check int wim_tree_open(struct wim *wim, uint32_t number, struct wim_tree **ret_tree);

/* Take a file out: `path` is its ASCII name with "/" between the parts ("Windows/Boot/..."); case
 * does not matter. `*ret_data` is to be freed, NULL when the file is empty. 0, -ENOMEM, or -EBADMSG
 * with wim->flaw: WIM_NO_FILE, WIM_TOO_LARGE beyond `cap`, ... */
must_check int wim_tree_extract(struct wim_tree *tree, const char *path, size_t cap,
                                uint8_t **ret_data, size_t *ret_len);

/* Call `entry` with each name of a folder ("" is the top), as UTF-16LE. A non-zero return ends the
 * walk. 0, or -EBADMSG with wim->flaw. */
must_check int wim_tree_list(struct wim_tree *tree, const char *folder,
                             int (*entry)(void *context, struct span name, bool is_folder),
                             void *context);

void wim_tree_free(struct wim_tree *tree);

#endif

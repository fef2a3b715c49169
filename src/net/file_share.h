/* Small files that several clients ask for within a moment are opened once: machines that were
 * switched on together ask for the same together. What was opened in an earlier turn of the loop is
 * given only while its name still stands for that very file, unchanged, so nobody gets a file as it
 * was before. In the loop's thread only. */
#ifndef NET_FILE_SHARE_H
#define NET_FILE_SHARE_H

#include "net/file.h"
#include "net/loop.h"

struct file_share;

/* 0 or -ENOMEM. The loop must outlive the share. */
must_check int file_share_new(struct loop *loop, struct file_share **ret_share);
/* Every file must have been closed. NULL is fine. */
void file_share_free(struct file_share *share);

/* As file_open_beneath(). Another may use the same descriptor: read at offsets only, and close it
 * by file_share_close(). `generation` tells one set of root descriptors from the next, whose
 * numbers may be the same. `share` may be NULL: then each opens for itself. */
must_check enum file_verdict file_share_open(struct file_share *share, uint64_t generation,
                                             int root_fd, const struct safe_path *path,
                                             bool any_case, int *ret_fd,
                                             struct file_facts *ret_facts);
void file_share_close(struct file_share *share, int fd);

#endif

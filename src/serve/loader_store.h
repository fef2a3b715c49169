/* Putting files into a loader folder, several at a time: everything is written and durable in a
 * hidden folder inside it first, which the daemon passes over, and renamed when all of it is there.
 * What a download left unfinished stays in that hidden folder for the next run. */
#ifndef SERVE_LOADER_STORE_H
#define SERVE_LOADER_STORE_H

#include "base/checked.h"
#include "base/span.h"
#include "base/text.h"

#define LOADER_STORE_FILES_MAX 32

struct loader_store;

/* Open the loader folder for adding, made if it is not there. 0; -EBUSY when another command is
 * adding to it; another negative errno. A sentence in `why`. */
must_check int loader_store_open(const char *folder, struct loader_store **ret_store,
                                 struct text *why);

/* Forget what was put and not committed, and close. NULL is fine. */
void loader_store_close(struct loader_store *store);

/* The unfinished download `name`, with what an earlier run left in it: a descriptor for reading and
 * writing, the caller's; or a negative errno with a sentence. */
must_check int loader_store_open_part(struct loader_store *store, const char *name,
                                      struct text *why);
void loader_store_drop_part(struct loader_store *store, const char *name);

/* Bytes that may still be written there. */
must_check int loader_store_free_space(struct loader_store *store, uint64_t *ret_bytes);

/* Write a file that is to become `target` ("ipxe-shim/ipxe.efi": at most one folder deep). 0, or a
 * negative errno with a sentence. */
must_check int loader_store_put(struct loader_store *store, const char *target, struct span bytes,
                                struct text *why);

/* Rename all that was put into place, in the order in which it was put, replacing what was there.
 * 0, or a negative errno with a sentence; what was renamed before then stays. */
must_check int loader_store_commit(struct loader_store *store, struct text *why);

/* Delete the file `target` and the folder it was alone in. 0, -ENOENT, another negative errno. */
must_check int loader_store_remove(const char *folder, const char *target);

#endif

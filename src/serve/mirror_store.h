/* The mirror's folder: a file for each name that was fetched, with a block before the body that
 * says what it is (mirror/mirror_header.h), and what of them is in memory (mirror/mirror_index.h).
 * Time of change is when the upstream was last asked, time of access when a client last asked. */
#ifndef SERVE_MIRROR_STORE_H
#define SERVE_MIRROR_STORE_H

#include "base/clock.h"

#include "mirror/mirror_index.h"

struct mirror_store;

/* Open the folder (made when missing) and read what is in it. `is_owner`: what earlier runs left
 * unfinished or broken is removed. 0 or a negative errno. */
must_check int mirror_store_open(const char *folder, uint64_t most, bool is_owner,
                                 struct mirror_store **ret);
void mirror_store_close(struct mirror_store *store);

struct mirror_index *mirror_store_index(struct mirror_store *store);

/* Its body's descriptor, the caller's: it begins at MIRROR_HEADER_BYTES. -ENOENT when it is gone,
 * which the index knows then; another negative errno. */
must_check int mirror_store_read(struct mirror_store *store, struct mirror_file *file);

/* A client asked for it, and the upstream was asked. */
void mirror_store_use(struct mirror_store *store, struct mirror_file *file, struct calendar now);
void mirror_store_checked(struct mirror_store *store, struct mirror_file *file,
                          struct calendar now);

/* A new hidden file for what is to come, by its name; its descriptor, or a negative errno. */
must_check int mirror_store_begin(struct mirror_store *store, const char *key);
/* It is whole: it gets its block and its name. 0 or a negative errno. */
must_check int mirror_store_commit(struct mirror_store *store, const struct mirror_header *header,
                                   int fd, struct calendar now);
void mirror_store_abandon(struct mirror_store *store, const char *key);

/* Let go of what was used longest ago until `more` bytes fit; false when they never will, and then
 * nothing goes. Counts what went into *files and *bytes. */
bool mirror_store_make_room(struct mirror_store *store, uint64_t more, uint32_t *files,
                            uint64_t *bytes);
/* Remove one. */
void mirror_store_remove(struct mirror_store *store, struct mirror_file *file);

/* Each, the one used longest ago first; a non-zero return ends it. `used` is when. `row` may remove
 * it. */
int mirror_store_each(struct mirror_store *store,
                      int (*row)(void *context, struct mirror_file *file, int64_t used_s),
                      void *context);

#endif

/* What the mirror holds, in memory: by name, in the order of last use, with its size against the
 * bound. Knows no file and no clock. */
#ifndef MIRROR_MIRROR_INDEX_H
#define MIRROR_MIRROR_INDEX_H

#include "base/checked.h"
#include "base/list.h"
#include "base/siphash.h"
#include "base/table.h"

#include "mirror/mirror_header.h"

#define MIRROR_FILES_MAX 131072

struct mirror_file {
    char *key; /* malloc'ed; NULL = the row is free */
    uint64_t size;
    int64_t modified_s; /* 0 = the upstream did not say */
    int64_t used_s;     /* when a client last asked, as far as it was noted; calendar */
    int64_t checked_s;  /* when the upstream was last asked, or asked in vain; calendar */
    char etag[MIRROR_ETAG_MAX], modified[MIRROR_DATE_MAX];
    enum mirror_kind kind;
    struct list used; /* oldest first */
    uint32_t next_free;
};

struct mirror_index;

/* At most `most` bytes. 0 or -ENOMEM. */
must_check int mirror_index_new(uint64_t most, struct hash_key key, struct mirror_index **ret);
void mirror_index_free(struct mirror_index *index);

struct mirror_file *mirror_index_find(struct mirror_index *index, struct span key);

/* Add one, or bring the one of that name up to date; it counts as used last. NULL when there is no
 * memory or no row. */
struct mirror_file *mirror_index_put(struct mirror_index *index, const struct mirror_header *header,
                                     int64_t checked_s);
void mirror_index_use(struct mirror_index *index, struct mirror_file *file);
void mirror_index_drop(struct mirror_index *index, struct mirror_file *file);

/* The file to let go of so that `more` bytes fit: the one that was used longest ago. NULL when they
 * fit, never will, or nothing is left; mirror_index_fits() tells which. */
struct mirror_file *mirror_index_to_drop(struct mirror_index *index, uint64_t more);
bool mirror_index_fits(const struct mirror_index *index, uint64_t more);
/* Would they fit if all else were let go of? */
bool mirror_index_could_fit(const struct mirror_index *index, uint64_t more);

/* What a file of that size takes of the bound, which is what it takes of the disk; UINT64_MAX where
 * there is no such number. */
uint64_t mirror_index_room(uint64_t size);

/* One after another, the one used longest ago first; NULL behind the last. */
struct mirror_file *mirror_index_oldest(const struct mirror_index *index);
struct mirror_file *mirror_index_next(const struct mirror_index *index,
                                      const struct mirror_file *file);

uint64_t mirror_index_bytes(const struct mirror_index *index);
uint32_t mirror_index_count(const struct mirror_index *index);

#endif

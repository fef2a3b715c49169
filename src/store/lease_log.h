/* The lease log: two files beside the database into which promised lease changes are appended, one
 * write and one sync for all of a commit, long before they reach the database's pages. While one
 * file takes new frames, the other is folded into the database (sqlite_log.c); then it is written
 * over from its start. The files are filled with zeros ahead of the frames, so that a sync has no
 * metadata to write.
 *
 * A frame begins at a multiple of LEASE_LOG_SLOT and is synced before the next is written. So what
 * fails its checksum at the end of a file was never acknowledged; what fails it with a later frame
 * behind it is damage, and is refused. `folded` is kept in the database: frames up to that number
 * are in it. */
#ifndef STORE_LEASE_LOG_H
#define STORE_LEASE_LOG_H

#include "store/lease_frame.h"
#include "store/store.h"

#define LEASE_LOG_FILES    2
#define LEASE_LOG_SLOT     4096
#define LEASE_LOG_BYTES    ((size_t)1024 * 1024) /* of frames, in one file */
#define LEASE_LOG_ID_BYTES 16
#define LEASE_LOG_PATH_MAX 1088

struct lease_log_file {
    char path[LEASE_LOG_PATH_MAX];
    int fd;               /* -1: not open */
    uint8_t *image;       /* of its frames */
    size_t len;           /* of those in `image` that count, whole slots */
    size_t extent;        /* what is on disk of it, header and zeros included */
    uint64_t first, last; /* their numbers, if len > 0 */
};

struct lease_log {
    struct lease_log_file files[LEASE_LOG_FILES];
    uint8_t id[LEASE_LOG_ID_BYTES]; /* the database's */
    struct hash_key key;
    unsigned active; /* the file that takes new frames; the other is the older one */
    uint64_t last;   /* the highest number given */
    bool is_suspect; /* a frame that was not promised may be on disk: no more are appended */
};

/* Where a change lies, for walks in the order of addresses. */
struct lease_log_entry {
    uint32_t address;
    uint32_t at; /* in the image of `file`, behind the last change's end */
    uint8_t file;
};

/* What frames over `folded` there are beside the database `database`, without locking or changing
 * anything. 0; -EAGAIN when what was read does not fit together, as when it was being written (or
 * is damaged); or as lease_log_open(). Close it in any case. */
must_check int lease_log_read(struct lease_log *log, const char *database,
                              const uint8_t id[LEASE_LOG_ID_BYTES], uint64_t folded,
                              char why[STORE_WHY_MAX]);

/* The same to append: the files are locked until lease_log_close(). -EBUSY another has them;
 * -EILSEQ they are damaged, of another database, or a part is missing; -EPROTO of a newer tugboot;
 * each with a sentence. */
must_check int lease_log_open(struct lease_log *log, const char *database,
                              const uint8_t id[LEASE_LOG_ID_BYTES], uint64_t folded,
                              char why[STORE_WHY_MAX]);
void lease_log_close(struct lease_log *log);

/* Is there a log beside this database? */
bool lease_log_exists(const char *database, char ret_path[LEASE_LOG_PATH_MAX]);

/* Make these changes durable as one frame of the active file: all are of leases. 0; -ENOBUFS it has
 * no room left; or a negative errno of the disk, and then nothing can be appended until
 * lease_log_empty_all(). */
must_check int lease_log_append(struct lease_log *log, const struct store_part *parts,
                                size_t part_count);

/* Let the other file take new frames. It must be empty. */
void lease_log_turn(struct lease_log *log);
/* All frames of the older file are in the database, durably, with its last number as `folded`. */
void lease_log_empty(struct lease_log *log);
/* The same of both files, with the number of lease_log_final(), which also covers a frame that may
 * or may not be on disk. */
uint64_t lease_log_final(const struct lease_log *log);
void lease_log_empty_all(struct lease_log *log);

/* The last change of each address in the older or in both files, by address; free() the rows. */
must_check int lease_log_entries(const struct lease_log *log, bool with_active,
                                 struct lease_log_entry **ret_rows, size_t *ret_count);
must_check bool lease_log_change(const struct lease_log *log, const struct lease_log_entry *entry,
                                 struct lease_change *ret_change);

#endif

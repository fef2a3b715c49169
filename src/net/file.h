/* The only place that opens names from outside. Everything is opened beneath a folder's descriptor
 * (openat2: no way out by "..", absolute links or magic links), never blocking, and only regular
 * files come back: a FIFO, device or folder is refused by name. Also what is done with whole trees:
 * copying one durably, reading a small file, listing a folder. */
#ifndef NET_FILE_H
#define NET_FILE_H

#include "base/checked.h"
#include "base/span.h"

#include "model/safe_path.h"

/* Why a name could not be opened; errno-like failures of this machine are FILE_FAILED. */
enum file_verdict {
    FILE_OPENED,
    FILE_ABSENT,
    FILE_FORBIDDEN, /* permissions, or it leads out of the folder */
    FILE_IS_FOLDER,
    FILE_IS_FIFO,
    FILE_IS_DEVICE,
    FILE_IS_SOCKET,
    FILE_NO_DESCRIPTORS, /* try again later */
    FILE_FAILED,         /* facts->error says how */
};

struct file_facts {
    uint64_t size;
    int64_t modified_s;
    uint32_t modified_ns;
    uint64_t device, inode;
    int error; /* errno of FILE_FAILED, FILE_FORBIDDEN, FILE_NO_DESCRIPTORS */
};

/* "it is a FIFO, not a file", ...: for sentences. */
const char *file_verdict_text(enum file_verdict verdict);
/* The same as a negative errno, 0 for FILE_OPENED: -ENOENT, -EACCES, -EISDIR, -EINVAL (FIFO,
 * device, socket), -EMFILE, or what the machine said. */
int file_verdict_errno(enum file_verdict verdict, const struct file_facts *facts);

/* Are these the facts of one file that has not changed? One that is written to gets another time or
 * size; one that is replaced, another inode. */
bool file_facts_same(const struct file_facts *a, const struct file_facts *b);

/* The facts of a file that is open. 0 or a negative errno. */
must_check int file_facts_of(int fd, struct file_facts *ret_facts);

/* What tells these bytes from any others this file had or another has, in quotes as HTTP wants it:
 * inode, size and time of change. */
#define FILE_TAG_MAX 64
void file_write_tag(const struct file_facts *facts, char out[FILE_TAG_MAX]);

/* Open a folder by absolute path, as a root for what follows: a descriptor, or a negative errno. */
must_check int file_open_root(const char *path);

/* The same for a folder in which others may have written on the way there: a link is followed only
 * if root or the caller owns it, as the kernel does it in /tmp (protected_symlinks). -ELOOP where
 * there is one of somebody else's. */
must_check int file_open_trusted(const char *path);

/* Open a regular file for reading beneath the folder `root_fd`. Symbolic links are followed as long
 * as they stay beneath it. With `any_case`, when the exact name is absent, each part is looked for
 * with ASCII case ignored; the alphabetically first match wins. On FILE_OPENED *ret_fd is the
 * caller's. Never blocks on a FIFO or device. */
must_check enum file_verdict file_open_beneath(int root_fd, const struct safe_path *path,
                                               bool any_case, int *ret_fd,
                                               struct file_facts *ret_facts);

/* Does the name still stand for the file that was opened with these facts, and is that as it was?
 */
bool file_is_still(int root_fd, const struct safe_path *path, const struct file_facts *facts);

/* The same for a name of the owner's, by absolute or relative path, not confined to a folder. */
must_check enum file_verdict file_open_path(const char *path, int *ret_fd,
                                            struct file_facts *ret_facts);

/* Open a folder beneath `root_fd`: a descriptor, or a negative errno. */
must_check int file_open_folder(int root_fd, const struct safe_path *path);

enum file_kind {
    FILE_KIND_FILE,
    FILE_KIND_FOLDER,
    FILE_KIND_OTHER,
};

struct file_entry {
    const char *name;
    enum file_kind kind; /* of what a symbolic link leads to */
};

/* Call `entry` for each name in the folder, in byte order, without "." and "..". A non-zero return
 * ends the walk and is returned. -E2BIG when there are more than FILE_ENTRIES_MAX. */
#define FILE_ENTRIES_MAX 65536
must_check int file_list(int folder_fd, int (*entry)(void *context, const struct file_entry *entry),
                         void *context);

/* Read at most `len` bytes at `offset`, going on after short reads: bytes read (fewer only at the
 * end of the file), or a negative errno. */
must_check int64_t file_read_at(int fd, uint64_t offset, void *data, size_t len);

/* The whole of a file of at most `max` bytes, in memory the caller frees; a NUL follows the bytes.
 * 0, -EFBIG, or another negative errno. */
must_check int file_read_whole(int fd, size_t max, uint8_t **ret_data, size_t *ret_len);

/* Write all of `data` to the new file `name` in the folder and make it durable. 0 or a negative
 * errno; on failure no file is left behind. */
must_check int file_write_new(int folder_fd, const char *name, struct span data);

/* The same for what nobody but its owner may read: private keys. */
must_check int file_write_private(int folder_fd, const char *name, struct span data);

/* Write `data` as the file `name`, in the place of one that is there, whose mode and owner it
 * keeps: at every moment one of the two is whole. 0 or a negative errno; on failure the old one
 * stays. */
must_check int file_write_over(int folder_fd, const char *name, struct span data);
/* Write all of `data` to the file `name` in the folder, in the place of one that may be there, and
 * make it durable: readers see the old or the new, whole. `is_private`: for its owner alone, from
 * the first byte on; else all may read it. 0 or a negative errno, and the old one stays. */
must_check int file_replace(int folder_fd, const char *name, struct span data, bool is_private);

/* Bytes that may still be written to the file system behind `fd`. */
must_check int file_free_space(int fd, uint64_t *ret_bytes);

/* What a tree holds. */
struct file_tree_size {
    uint64_t bytes;
    uint32_t files, folders;
};

struct file_copy {
    /* Called now and then with the bytes copied so far; may be NULL. Non-zero stops the copy, and
     * is what file_copy_tree() returns. */
    int (*progress)(void *context, uint64_t bytes);
    void *context;
    char why[256]; /* on failure: which file, and what was wrong with it */
};

#define FILE_TREE_DEPTH_MAX 32

/* Measure the folder `source_fd`, counting as file_copy_tree() would copy. 0 or a negative errno,
 * with `copy->why`. */
must_check int file_measure_tree(int source_fd, struct file_copy *copy,
                                 struct file_tree_size *ret_size);

/* Copy the folder `source_fd` into the empty folder `target_fd`. Symbolic links become copies of
 * what they lead to; what cannot be read, or is neither file nor folder, is an error. All data is
 * on disk when it returns 0. On failure a negative errno (or what `progress` returned) and a
 * sentence in `copy->why`; what was copied so far stays, for file_remove_tree(). */
must_check int file_copy_tree(int source_fd, int target_fd, struct file_copy *copy);

/* Copy one open file to the new file `name` in the folder; durable like the above. */
must_check int file_copy_one(int source_fd, int target_folder_fd, const char *name,
                             struct file_copy *copy);

/* Make a folder by absolute path, and the folders above it that are missing. 0 or negative errno.
 */
must_check int file_make_folders(const char *path);

/* Remove `name` below the folder with all that is in it; links are removed, not followed. */
must_check int file_remove_tree(int folder_fd, const char *name);

/* Rename within a folder, refusing to replace (-EEXIST), and make the new name durable. */
must_check int file_rename_new(int folder_fd, const char *from, const char *to);

#endif

/* Builds the catalog: what is on offer at this moment, from the configuration, the images folder,
 * the loaders that are here and the hosts of the store. The result is immutable and counted; a lane
 * holds one reference for as long as it uses it, and a new one is built beside it on change. */
#ifndef SERVE_CATALOG_LOAD_H
#define SERVE_CATALOG_LOAD_H

#include "base/checked.h"
#include "base/event.h"

#include "boot/catalog.h"
#include "config/config.h"
#include "net/file.h"
#include "serve/answer_folder.h"
#include "serve/held_container.h"

#define CATALOG_IMAGES_MAX 512

struct catalog_snapshot {
    struct catalog catalog;
    const int *root_fds;                /* open folders, by the index of catalog.roots */
    struct held_container **containers; /* open, by `number` of a struct image_container */
    uint16_t container_count;
    struct answer_folder *answers; /* the templates, of catalog.templates */
    uint32_t references;           /* by catalog_snapshot_ref() and _unref() alone */
    void *memory;                  /* wiped in the end: there are secrets in it */
    size_t memory_size;
};

/* Which part of a file; all zero = the whole. */
struct file_part {
    uint64_t offset, length;
};

/* What a catalog is made of. Nothing is kept: all is copied. */
struct catalog_sources {
    const struct config *config;
    const struct host *hosts; /* of the store; may be NULL */
    size_t host_count;
    const struct host_secret *secrets; /* of the store; may be NULL */
    size_t secret_count;
    const struct installed *installed; /* the same */
    size_t installed_count;
    const struct record *records;      /* by kind and name */
    size_t record_count, record_bytes; /* bytes: of all their texts */
    uint64_t generation;
    /* What inspection knows of a file already, or of a part of it; false = nothing yet. May be
     * NULL. */
    bool (*find_facts)(void *context, const struct file_facts *file, const struct file_part *part,
                       struct secure_facts *ret_facts);
    void *context;
    struct container_finder containers; /* .find NULL: containers stay closed */
    struct recipe_shelf *recipes;       /* where they are kept between loads; may be NULL */
};

/* Build a snapshot with one reference. Images that cannot be booted are told as IMAGE_REFUSED and
 * left out, those whose container is awaited are left out without a word; a missing folder is no
 * error. Hosts of the configuration come first and win over those of the store with the same name,
 * but take over their one-shot boot. 0, or -ENOMEM / -EMFILE. Blocks on the disk. */
must_check int catalog_load(const struct catalog_sources *sources, const struct event_sink *events,
                            struct now now, struct catalog_snapshot **ret_snapshot);

/* Tell LOADER_MISSING, with the command that helps, for each of the usual architectures (BIOS, x64
 * UEFI) that has none. */
void catalog_load_tell_missing(const struct catalog_snapshot *snapshot,
                               const struct event_sink *events, struct now now);

/* The path of an image's kernel or program below its root; false when it does not fit. */
bool catalog_image_file(const struct image *image, char *out, size_t cap);

/* The kernel or program of an image in its container; NULL when it is not there, or there is no
 * container. */
const struct image_index_entry *catalog_image_entry(const struct image *image);
/* The part of the container where it begins: what inspection knows it by. */
struct file_part catalog_entry_part(const struct image_index *index,
                                    const struct image_index_entry *entry);

/* From any thread. The last unref closes the folders and frees all. */
struct catalog_snapshot *catalog_snapshot_ref(struct catalog_snapshot *snapshot);
void catalog_snapshot_unref(struct catalog_snapshot *snapshot);

#endif

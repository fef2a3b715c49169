/* From a name on the wire to bytes, the same for TFTP and HTTP. The answer is a short list of
 * candidates in order; the shell takes the first that exists. Pure: nothing is opened here. */
#ifndef BOOT_RESOLVE_H
#define BOOT_RESOLVE_H

#include "base/arena.h"

#include "boot/choose.h"
#include "boot/part.h"

#define RESOLVE_CANDIDATES_MAX 32

enum candidate_kind {
    CANDIDATE_FILE,
    CANDIDATE_TEXT,
    CANDIDATE_DISK,   /* a boot disk to be laid out (boot/bootdisk) */
    CANDIDATE_INSIDE, /* a file in a container, or a container itself */
    CANDIDATE_PARTS,  /* put together of several, or changed on its way (boot/edit) */
};

/* What the bytes are to the boot, for the timeline. */
enum served_as {
    SERVED_FILE,
    SERVED_LOADER,
    SERVED_SCRIPT,
    SERVED_KERNEL,
    SERVED_INITRD,
    SERVED_DISK,
    SERVED_GRUB_CONFIG,
    SERVED_ANSWER,  /* an answer file, or the call at the end of an installation */
    SERVED_WAIT,    /* "nothing was chosen yet", asked every other second: not told of */
    SERVED_POINTER, /* a text that only leads to another one */
};

struct disk_plan;
struct edit;

struct candidate {
    enum candidate_kind kind;
    enum served_as served_as;
    uint16_t root;         /* CANDIDATE_FILE: index of catalog->roots */
    struct safe_path path; /* CANDIDATE_FILE */
    bool any_case;         /* may match with ASCII case ignored, when the exact name is absent */
    struct span text;      /* CANDIDATE_TEXT, in the arena */
    const struct disk_plan *disk;            /* CANDIDATE_DISK, in the arena */
    const struct image_container *container; /* CANDIDATE_INSIDE */
    const struct image_index_entry *entry;   /* CANDIDATE_INSIDE; NULL = the container itself */
    const struct part_plan *plan;            /* CANDIDATE_PARTS, in the arena */
    const struct edit *edit; /* CANDIDATE_PARTS: what is done to its text; NULL = nothing. With a
                                fault in it there is no plan, and nothing to be sent. */
    const char *media_type;
    const struct image *image;   /* when it belongs to one */
    const struct loader *loader; /* when it is one */
    bool last_of_image; /* the last file the boot needs: kernel without initrd, last initrd, or a
                           disk that has both */
    const struct host *used_next_boot; /* serving this uses up that host's one-shot */
    const char *what; /* a phrase for the timeline: "menu", "debian-12", "local disk" */
};

struct resolve_request {
    struct span name;        /* path as asked, percent-decoded, before any clean-up */
    struct span query;       /* after '?', still coded; empty for TFTP */
    struct span last_folder; /* the folder this client last fetched a loader from; may be empty */
    struct span last_loader; /* that loader's wire name; empty when it is none of the catalog's */
    enum transport transport;
    const struct client *client; /* as far as known; never NULL */
    struct reach reach;
};

struct resolution {
    struct candidate candidates[RESOLVE_CANDIDATES_MAX];
    uint8_t count;        /* 0 = refused or unknown */
    struct client client; /* with what the query told added (mac, uuid, serial, ...) */
    bool is_optional;     /* whoever asks for this goes on without it */
    char why[160];        /* a phrase for people when nothing is found */
};

/* Texts and copies lie in `arena`; running out of it gives count 0 and says so in `why`. */
void resolve(const struct catalog *catalog, const struct resolve_request *request,
             struct arena *arena, struct resolution *out);

#endif

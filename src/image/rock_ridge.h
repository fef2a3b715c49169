/* Rock Ridge: what the system use of a directory record says of a file, as POSIX has it. SUSP
 * (IEEE P1281, draft 1.12) is how it is written, RRIP (IEEE P1282, draft 1.12) what it means. */
#ifndef IMAGE_ROCK_RIDGE_H
#define IMAGE_ROCK_RIDGE_H

#include "base/text.h"

#include "image/iso_record.h"
#include "image/view.h"

#define ROCK_RIDGE_NAME_MAX   1024
#define ROCK_RIDGE_TARGET_MAX 2048

enum rock_ridge_kind {
    ROCK_RIDGE_UNTOLD, /* what the record's own flags say */
    ROCK_RIDGE_FILE,
    ROCK_RIDGE_FOLDER,
    ROCK_RIDGE_LINK,
    ROCK_RIDGE_OTHER, /* a device, a pipe, a socket */
};

struct rock_ridge {
    enum rock_ridge_kind kind;
    struct text name;   /* empty = none is told */
    struct text target; /* of a link */
    int64_t modified_s; /* 0 = not told */
    bool is_relocated;  /* RE: the folder is shown elsewhere, by CL */
    bool has_child;     /* CL: in truth the folder at that block */
    uint32_t child;
    bool is_compressed; /* ZF: its bytes are not the file's */
    char name_data[ROCK_RIDGE_NAME_MAX], target_data[ROCK_RIDGE_TARGET_MAX];
};

/* Whether the "." record of the top folder says that there is Rock Ridge; *ret_skip: how many bytes
 * of each system use are somebody else's. */
bool rock_ridge_probe(struct view *view, uint32_t block_bytes, struct span system_use,
                      uint8_t *ret_skip);

/* What is told by one record, *out filled. False when a continuation cannot be read, or there is no
 * end to them. */
must_check bool rock_ridge_read(struct view *view, uint32_t block_bytes, struct span system_use,
                                uint8_t skip, struct rock_ridge *out);

#endif

/* A directory record of ISO 9660 (ECMA-119 9.1), and the numbers it is made of. */
#ifndef IMAGE_ISO_RECORD_H
#define IMAGE_ISO_RECORD_H

#include "base/reader.h"

#define ISO_SECTOR     2048 /* bytes; records lie within one */
#define ISO_RECORD_MIN 34

enum iso_record_flag {
    ISO_FLAG_HIDDEN = 0x01,
    ISO_FLAG_FOLDER = 0x02,
    ISO_FLAG_ASSOCIATED = 0x04, /* the resource fork of the record behind it */
    ISO_FLAG_CONTINUED = 0x80,  /* the next record is the same file's next part */
};

struct iso_record {
    uint32_t extent; /* logical block, behind the extended attributes */
    uint32_t length; /* bytes */
    int64_t modified_s;
    uint8_t flags;
    bool is_interleaved;    /* its blocks are not in a row */
    bool is_contradictory;  /* the two byte orders tell different numbers */
    struct span name;       /* as it stands there, inside what was decoded */
    struct span system_use; /* what is behind the name, for SUSP */
};

/* Take the next record off a reader over a sector. False when it makes no sense. */
bool iso_record_decode(struct reader *r, struct iso_record *ret);

/* A number in both byte orders (ECMA-119 7.3.3): the little-endian one counts. *differs is only
 * ever set. */
uint32_t iso_both32(struct reader *r, bool *differs);
uint16_t iso_both16(struct reader *r, bool *differs);

/* The record's name is that of the folder itself, or of the one above. */
static inline bool iso_record_is_self(const struct iso_record *record)
{
    return record->name.len == 1 && record->name.data[0] == 0;
}

static inline bool iso_record_is_parent(const struct iso_record *record)
{
    return record->name.len == 1 && record->name.data[0] == 1;
}

/* The name without version (";1") and the dot that stands where no ending is (ECMA-119 7.5). */
struct span iso_plain_name(struct span name);

/* A name without version alone, as Joliet has it. */
struct span iso_without_version(struct span name);

#endif

/* SBAT: the generations a program says it is of, and the least ones a machine still accepts. A
 * program of an older generation is refused by shim wherever a newer level is in force, which a
 * machine that once booted newer software has. shim's SBAT.md. */
#ifndef IMAGE_SBAT_H
#define IMAGE_SBAT_H

#include "base/text.h"

#define SBAT_BYTES_MAX     8192 /* of a .sbat section or a level */
#define SBAT_ENTRIES_MAX   32
#define SBAT_COMPONENT_MAX 48
#define SBAT_DATE_MAX      16

struct sbat_entry {
    char component[SBAT_COMPONENT_MAX]; /* [a-z0-9._-]+ as written; printable ASCII */
    uint32_t generation;
};

/* The entries of a .sbat section or of a level, without the "sbat" line itself. A plain value. */
struct sbat {
    struct sbat_entry entries[SBAT_ENTRIES_MAX];
    size_t count;
    char date[SBAT_DATE_MAX]; /* of a level: its date stamp; "" for sections */
};

enum sbat_flaw {
    SBAT_SOUND,
    SBAT_EMPTY,      /* no line in it */
    SBAT_FIRST_LINE, /* does not begin with the "sbat" line */
    SBAT_FIELDS,     /* a line has too few fields */
    SBAT_NAME,       /* a component's name is empty, too long or not printable */
    SBAT_NUMBER,     /* a generation is no number from 1 */
    SBAT_TOO_LONG,   /* more than SBAT_BYTES_MAX or SBAT_ENTRIES_MAX */
    SBAT_FLAWS,
};

/* Read a .sbat section: lines of component,generation,vendor,package,version,url. NULs at the end
 * are padding. */
enum sbat_flaw sbat_read_section(struct span section, struct sbat *out);

/* Read a level, as the variable SbatLevel or a shim's .sbatlevel section has it: "sbat,1,DATE",
 * then lines of component,generation. */
enum sbat_flaw sbat_read_level(struct span text, struct sbat *out);

/* A phrase: "a line of it has too few fields". */
const char *sbat_flaw_text(enum sbat_flaw flaw);

/* The component of `level` of which `program` is too old, or NULL. */
const struct sbat_entry *sbat_find_too_old(const struct sbat *program, const struct sbat *level);

/* The published levels, oldest first; false past the last. */
bool sbat_published_level(size_t index, struct sbat *out, bool *ret_self_applied);

/* The newest published level that shims put into force by themselves: what a machine that boots
 * current software has. */
void sbat_usual_level(struct sbat *out);

#endif

/* What was set by page or command about things that have no table of their own: groups, how an
 * image stands on the menu, notes about machines. The text of a group is JSON, in the form the API
 * writes, that of a note is the note; whoever reads it checks it again. */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#define RECORD_NAME_MAX  64    /* with the NUL */
#define RECORD_TEXT_MAX  49152 /* with the NUL */
#define RECORDS_MAX      32768
#define MACHINE_NOTE_MAX 2000 /* bytes of a note */

enum record_kind {
    RECORD_GROUP, /* by its name */
    RECORD_NOTE,  /* by the machine's MAC address, as text */
};

struct record {
    enum record_kind kind;
    const char *name;
    const char *text; /* "" or NULL: forget it */
};

/* "group", "note": as they stand in the database. */
static inline const char *record_kind_name(enum record_kind kind)
{
    static const char *const names[] = { "group", "note" };
    return names[kind];
}

#endif

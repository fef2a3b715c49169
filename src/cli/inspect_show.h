/* An inspection shown: as lines for people, and as JSON. */
#ifndef CLI_INSPECT_SHOW_H
#define CLI_INSPECT_SHOW_H

#include "base/json_write.h"

#include "image/inspection.h"

/* `name` is what the user called the file; `has_db`: a db was given besides Microsoft's keys;
 * `level` is the SBAT level in force. */
struct inspect_shown {
    const char *name;
    const struct inspection *inspection;
    bool has_db;
    const struct sbat *level;
    struct calendar now; /* for "ended" and "ends" */
};

void inspect_show_text(const struct inspect_shown *shown, struct text *out);
void inspect_show_json(const struct inspect_shown *shown, struct json_writer *out);

#endif

/* The only form in which a name from outside may reach the file system: relative, no "..", no NUL,
 * no empty part, bounded. net/file opens nothing else. */
#ifndef MODEL_SAFE_PATH_H
#define MODEL_SAFE_PATH_H

#include "base/span.h"

#define SAFE_PATH_MAX 512

struct safe_path {
    uint16_t len;
    char text[SAFE_PATH_MAX]; /* NUL-terminated, "" is the folder itself */
};

/* Why a name was refused. */
enum path_flaw {
    PATH_SOUND,
    PATH_TOO_LONG,
    PATH_CLIMBS, /* has a ".." part */
    PATH_HAS_NUL,
    PATH_HAS_CONTROL, /* bytes below 0x20 or 0x7f */
};

/* Make a safe path of a name as clients write it: `\` counts as `/`, repeated and leading slashes
 * and "." parts are dropped. *ret_path is untouched unless PATH_SOUND. */
enum path_flaw safe_path_parse(struct span name, struct safe_path *ret_path);

/* Parts of a path: the text after the last slash, and what comes before it without the slash. */
struct span safe_path_base(const struct safe_path *path);
struct span safe_path_folder(const struct safe_path *path);

static inline struct span safe_path_span(const struct safe_path *path)
{
    return span_of(path->text, path->len);
}

const char *path_flaw_text(enum path_flaw flaw);

#endif

/* The names under which the mirror serves: "mirror/NAME/PATH", where NAME is one of the upstreams
 * of the configuration; and what a path says about how long its bytes are good. */
#ifndef MIRROR_MIRROR_NAME_H
#define MIRROR_MIRROR_NAME_H

#include "base/span.h"
#include "base/text.h"

#define MIRROR_KEY_MAX      1024 /* "NAME/PATH" */
#define MIRROR_UPSTREAM_MAX 40

enum mirror_kind {
    MIRROR_LASTING, /* the name says which bytes: a package, what is named by its digest */
    MIRROR_INDEX,   /* the same name gets other bytes: it is asked after each time */
};

/* What kind of file has this path (behind the upstream's name)? */
enum mirror_kind mirror_kind_of(struct span path);

/* Take "mirror/NAME/PATH" (a slash before it does not count) apart: *ret_key is "NAME/PATH". False
 * when it is not such a name: without a path, a folder, with ".." or "." or empty parts, control
 * bytes, or too long. */
bool mirror_name_split(struct span asked, struct span *ret_key, struct span *ret_upstream,
                       struct span *ret_path);

/* Append a path to an address, what is not plain coded as %XX. */
void mirror_add_coded(struct text *out, struct span path);

#endif

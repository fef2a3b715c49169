/* What a daemon can tell is wrong with itself and its network without asking the wire: the part of
 * `tugboot doctor` that needs no rights. */
#ifndef API_FINDINGS_H
#define API_FINDINGS_H

#include "api/backend.h"

#define FINDINGS_MAX 48

struct finding {
    const char *code;  /* "no-images" */
    const char *level; /* "problem", "warning", "hint" */
    char says[320];    /* what was seen */
    char fix[320];     /* what to do */
};

struct findings {
    struct finding rows[FINDINGS_MAX];
    uint16_t count;
    uint8_t worst; /* 0: hints at most; 1: a warning; 2: a problem */
};

void findings_collect(const struct api_backend *backend, struct findings *out);

#endif

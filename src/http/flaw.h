/* Why an HTTP request or connection is refused: rows of flaw.def. */
#ifndef HTTP_FLAW_H
#define HTTP_FLAW_H

#include <stdint.h>

enum http_flaw {
    HTTP_SOUND,
#define HTTP_FLAW(id, status, text) HTTP_##id,
#include "http/flaw.def"
#undef HTTP_FLAW
    HTTP_FLAW_COUNT
};

/* "HEAD_TOO_LONG": for events, counters and the manual. */
const char *http_flaw_name(enum http_flaw flaw);
/* A phrase for people. */
const char *http_flaw_text(enum http_flaw flaw);
/* The status to answer with, 0 for none. */
uint16_t http_flaw_status(enum http_flaw flaw);

#endif

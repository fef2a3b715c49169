/* An event that waits to be delivered to a webhook. */
#ifndef MODEL_HOOK_EVENT_H
#define MODEL_HOOK_EVENT_H

#include "base/clock.h"

#define HOOK_NAME_MAX    40 /* with the NUL */
#define HOOK_MESSAGE_MAX 40 /* the id of a message, with the NUL */

struct hook_event {
    uint64_t id; /* ascending, not 0 */
    struct calendar at;
    const char *hook;    /* its name */
    const char *message; /* what the receiver tells repeated ones by */
    const char *json;    /* the body */
};

#endif

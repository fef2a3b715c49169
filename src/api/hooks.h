/* Webhooks as rows for the API: plain values that die with the call that shows them. */
#ifndef API_HOOKS_H
#define API_HOOKS_H

#include "base/clock.h"

struct api_hook {
    const char *name;
    const char *url;    /* without what may be a secret */
    const char *events; /* the words of its filter, with blanks between */
    uint32_t waiting;
    uint64_t tries, delivered, failed,
        lost; /* since the start; tries is the number of the last one */
    bool is_failing;
    uint16_t status;          /* of the last answer; 0 = none */
    const char *sentence;     /* why the last try failed; "" */
    struct calendar last_ok;  /* ms 0 = never since the start */
    struct calendar next_try; /* ms 0 = nothing waits for a time */
};

/* One try. */
struct api_delivery {
    uint64_t number; /* ascending for each hook, from 1 */
    struct calendar at;
    const char *event;   /* "" = of a former run */
    const char *message; /* the webhook-id */
    bool is_delivered;
    uint16_t status; /* 0 = no answer */
    uint32_t took_ms;
    const char *sentence; /* why not; "" */
};

#endif

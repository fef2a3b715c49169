/* How one machine got on with one chain of boot programs (boot/chain.def): what is kept of it. A
 * plain value. */
#ifndef MODEL_CHAIN_RESULT_H
#define MODEL_CHAIN_RESULT_H

#include "base/clock.h"

#include "model/arch.h"
#include "model/mac.h"

#define CHAIN_NAME_MAX   16
#define FIRMWARE_KEY_MAX 96

enum chain_mark {
    CHAIN_MARK_NONE,
    CHAIN_MARK_STARTED, /* its next stage was heard */
    CHAIN_MARK_STALLED, /* it was fetched whole, and the machine came back or fell silent */
};

struct chain_result {
    struct mac mac;
    char firmware[FIRMWARE_KEY_MAX]; /* what machines of the same firmware have in common */
    char chain[CHAIN_NAME_MAX];
    enum transport transport; /* of the last try */
    enum chain_mark last;
    uint32_t started, stalled;              /* how often */
    struct calendar started_at, stalled_at; /* the last time; 0 = never */
};

/* "started", "stalled", "none": for the store and JSON. */
const char *chain_mark_name(enum chain_mark mark);

#endif

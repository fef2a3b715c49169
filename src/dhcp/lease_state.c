/* See lease_state.h. An empty cell is a refusal: e.g. an address that was declined cannot be
 * granted before its time of rest is over, and an active one is not offered a second time (it is
 * simply named again; the lease stays what it is). */
#include "dhcp/lease_state.h"

#include <assert.h>

struct cell {
    bool allowed;
    enum lease_state next;
};

#define TO(state)                                                                                  \
    {                                                                                              \
        true, STATE_##state                                                                        \
    }

/* clang-format off */
static const struct cell cells[STATE_COUNT][STEP_COUNT] = {
    [STATE_FREE] = {
        [STEP_PROBE] = TO(PROBING), [STEP_OFFER] = TO(OFFERED), [STEP_GRANT] = TO(ACTIVE),
        [STEP_DECLINE] = TO(DECLINED),
    },
    [STATE_PROBING] = {
        [STEP_OFFER] = TO(OFFERED), [STEP_RELEASE] = TO(FREE), [STEP_DECLINE] = TO(DECLINED),
        [STEP_RUN_OUT] = TO(FREE),
    },
    [STATE_OFFERED] = {
        [STEP_OFFER] = TO(OFFERED), [STEP_GRANT] = TO(ACTIVE), [STEP_RELEASE] = TO(REMEMBERED),
        [STEP_DECLINE] = TO(DECLINED), [STEP_RUN_OUT] = TO(REMEMBERED),
    },
    [STATE_ACTIVE] = {
        [STEP_GRANT] = TO(ACTIVE), [STEP_RELEASE] = TO(REMEMBERED),
        [STEP_DECLINE] = TO(DECLINED), [STEP_RUN_OUT] = TO(REMEMBERED),
    },
    [STATE_REMEMBERED] = {
        [STEP_PROBE] = TO(PROBING), [STEP_OFFER] = TO(OFFERED), [STEP_GRANT] = TO(ACTIVE),
        [STEP_DECLINE] = TO(DECLINED),
    },
    [STATE_DECLINED] = {
        [STEP_DECLINE] = TO(DECLINED), [STEP_RUN_OUT] = TO(FREE),
    },
};
/* clang-format on */

bool lease_state_step(enum lease_state state, enum lease_step step, enum lease_state *ret_next)
{
    assert(state < STATE_COUNT && step < STEP_COUNT);
    if (!cells[state][step].allowed)
        return false;
    *ret_next = cells[state][step].next;
    return true;
}

bool lease_state_is_busy(enum lease_state state)
{
    return state != STATE_FREE && state != STATE_REMEMBERED;
}

const char *lease_state_name(enum lease_state state)
{
    static const char *const names[] = {
        [STATE_FREE] = "free",     [STATE_PROBING] = "probing",       [STATE_OFFERED] = "offered",
        [STATE_ACTIVE] = "active", [STATE_REMEMBERED] = "remembered", [STATE_DECLINED] = "declined",
    };
    static_assert(sizeof names / sizeof names[0] == STATE_COUNT, "every state has a name");
    return names[state];
}

/* The life of an address that was given out, as a table of states and steps. */
#ifndef DHCP_LEASE_STATE_H
#define DHCP_LEASE_STATE_H

#include <stdbool.h>

enum lease_state {
    STATE_FREE,       /* the row is not in use */
    STATE_PROBING,    /* a DISCOVER waits while the wire is asked */
    STATE_OFFERED,    /* promised for a moment (RFC 2131 4.3.1) */
    STATE_ACTIVE,     /* acknowledged */
    STATE_REMEMBERED, /* over or given back; its last client gets it again if it can */
    STATE_DECLINED,   /* somebody else uses it; kept out of use for a while */
    STATE_COUNT
};

enum lease_step {
    STEP_PROBE,   /* ask the wire first */
    STEP_OFFER,   /* offer it */
    STEP_GRANT,   /* acknowledge it */
    STEP_RELEASE, /* the client gives it back, or chose another server */
    STEP_DECLINE, /* the client, or the probe, found it in use */
    STEP_RUN_OUT, /* its time is over */
    STEP_COUNT
};

/* The state after the step. False when the step makes no sense in that state: nothing changes. */
bool lease_state_step(enum lease_state state, enum lease_step step, enum lease_state *ret_next);

/* Is the address taken, so that nobody else may have it? */
bool lease_state_is_busy(enum lease_state state);

const char *lease_state_name(enum lease_state state);

#endif

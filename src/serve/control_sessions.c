/* See control_sessions.h. */
#include "serve/control_sessions.h"

#include <errno.h>
#include <stdlib.h>

#define AT_ONCE 32

struct reading {
    struct access *access;
    struct now now;
    struct kept_session over[SESSIONS_MAX];
    size_t over_count;
};

static int take(void *context, const struct kept_session *kept)
{
    struct reading *reading = context;

    if (!access_restore_session(reading->access, kept, reading->now) &&
        reading->over_count < SESSIONS_MAX)
        reading->over[reading->over_count++] = *kept;
    return 0;
}

int control_sessions_restore(struct access *access, struct store *store, struct now now)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading)
        return -ENOMEM;
    reading->access = access;
    reading->now = now;
    int r = store_each_session(store, take, reading);
    for (size_t i = 0; r == 0 && i < reading->over_count; i++)
        access_return_session_change(access, &reading->over[i], true);
    free(reading);
    if (r == 0)
        control_sessions_keep(access, store, now);
    return r;
}

void control_sessions_keep(struct access *access, struct store *store, struct now now)
{
    struct kept_session rows[AT_ONCE];
    struct change changes[AT_ONCE];
    bool removes[AT_ONCE];
    char why[STORE_WHY_MAX];
    size_t count;
    int r = 0;

    do {
        for (count = 0; count < AT_ONCE; count++) {
            if (!access_take_session_change(access, now, &rows[count], &removes[count]))
                break;
            changes[count] = (struct change){ .kind = removes[count] ? CHANGE_SESSION_REMOVE
                                                                     : CHANGE_SESSION_PUT,
                                              .session = &rows[count] };
        }
        r = count > 0 ? store_commit(store, changes, count, why) : 0;
        for (size_t i = 0; r < 0 && i < count; i++)
            access_return_session_change(access, &rows[i], removes[i]);
    } while (r == 0 && count == AT_ONCE);
}

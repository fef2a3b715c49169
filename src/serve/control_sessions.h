/* Sessions of the dashboard, kept over a restart of the daemon. */
#ifndef SERVE_CONTROL_SESSIONS_H
#define SERVE_CONTROL_SESSIONS_H

#include "api/access.h"
#include "store/store.h"

/* Begin those again that go on; the others are forgotten. After access_configure(). 0 or a negative
 * errno. */
must_check int control_sessions_restore(struct access *access, struct store *store, struct now now);

/* Keep what has changed since. A store that takes no changes is asked again the next time. */
void control_sessions_keep(struct access *access, struct store *store, struct now now);

#endif

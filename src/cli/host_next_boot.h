/* Setting what a host boots once, for other commands than `host set`. */
#ifndef CLI_HOST_NEXT_BOOT_H
#define CLI_HOST_NEXT_BOOT_H

#include "cli/session.h"

/* Have the named host boot `image` once ("": as usual again), by the daemon when one runs, else in
 * the store. EXIT_OK, or the code to end with, after the reason was told. */
enum exit_code host_next_boot(const struct session *session, const char *name, const char *image);

/* Does a daemon answer? Whatever else is wrong with it shows when it is asked. */
bool host_daemon_runs(const struct session *session);

/* Change settings of a host by a JSON merge patch, as `host set` does. */
enum exit_code host_patch(const struct session *session, const struct arguments *args,
                          const char *json);

#endif

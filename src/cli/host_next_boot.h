/* Setting what a host boots once, for other commands than `host set`. */
#ifndef CLI_HOST_NEXT_BOOT_H
#define CLI_HOST_NEXT_BOOT_H

#include "cli/session.h"

/* Have the named host boot `image` once ("": as usual again), by the daemon when one runs, else in
 * the store. EXIT_OK, or the code to end with, after the reason was told. */
enum exit_code host_next_boot(const struct session *session, const char *name, const char *image);

#endif

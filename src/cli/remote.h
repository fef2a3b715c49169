/* The daemon elsewhere, by HTTP or HTTPS with a token: the far half of cli/client. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/client.h"

/* As daemon_ask() and daemon_follow(), for a place with a URL. -ECONNREFUSED when nobody answers
 * there. */
must_check int remote_ask(const struct daemon_place *place, const char *method, const char *target,
                          struct span body, struct daemon_reply *ret_reply,
                          char why[DAEMON_WHY_MAX]);
must_check int remote_follow(const struct daemon_place *place, const char *target,
                             bool (*line)(void *context, struct span line), void *context,
                             struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX]);

#endif

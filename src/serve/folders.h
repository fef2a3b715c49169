/* The daemon's folders: made before rights are dropped, owned by the user it becomes, and the only
 * ones it may see afterwards. */
#ifndef SERVE_FOLDERS_H
#define SERVE_FOLDERS_H

#include "config/config.h"
#include "net/sandbox.h"

/* Make state, images, loader folders and that of the control socket, and give state to the user. A
 * sentence in `why` on failure. */
must_check int folders_prepare(const struct config *config, struct text *why);

/* Add what the daemon reads and writes to the sandbox's list. */
void folders_allow(const struct config *config, const char *config_path,
                   struct sandbox_settings *settings);

#endif

/* The daemon's folders: made before rights are dropped, owned by the user it becomes, and the only
 * ones it may see afterwards. */
#ifndef SERVE_FOLDERS_H
#define SERVE_FOLDERS_H

#include "config/config.h"
#include "net/sandbox.h"

/* Make state, images, loader folders and that of the control socket, and give state to the user. A
 * sentence in `why` on failure. */
must_check int folders_prepare(const struct config *config, struct text *why);

/* As root: give a folder to a user; the folder alone, since what is added as root stays root's.
 * Below `state`, where that user writes, no link is followed: what one leads to keeps its owner.
 * Elsewhere one is followed that root owns; -ELOOP where there is another's. 0 or a negative
 * errno. */
must_check int folders_give(const struct config *config, const char *path, uint32_t uid,
                            uint32_t gid);

/* Add what the daemon reads and writes to the sandbox's list. */
void folders_allow(const struct config *config, const char *config_path,
                   struct sandbox_settings *settings);

#endif

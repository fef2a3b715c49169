/* The mirror's other process: see mirror.h. */
#ifndef SERVE_MIRROR_PROCESS_H
#define SERVE_MIRROR_PROCESS_H

#include "config/config.h"
#include "serve/helper.h"

#define MIRROR_STATUS_FILE "status.json" /* in the mirror's folder, renewed every few seconds */

/* The folder of the copies. */
void mirror_folder_path(const struct config *config, char out[CONFIG_PATH_MAX]);

/* Live as the mirror until the channel's other end is closed. For a freshly forked process of one
 * thread; `more` is its struct config. Does not return. */
_Noreturn void mirror_process_run(int channel, const struct helper_settings *settings);

#endif

/* The mirror's other process: see mirror.h. */
#ifndef SERVE_MIRROR_PROCESS_H
#define SERVE_MIRROR_PROCESS_H

#include "config/config.h"

#define MIRROR_STATUS_FILE "status.json" /* in the mirror's folder, renewed every few seconds */

/* The folder of the copies. */
void mirror_folder_path(const struct config *config, char out[CONFIG_PATH_MAX]);

struct mirror_process_settings {
    int channel; /* its end; all other descriptors are closed */
    const struct config *config;
    bool seccomp; /* off only where a sanitizer needs calls of its own */
};

/* Live as the mirror until the channel's other end is closed. For a freshly forked process of one
 * thread; does not return. */
_Noreturn void mirror_process_run(const struct mirror_process_settings *settings);

#endif

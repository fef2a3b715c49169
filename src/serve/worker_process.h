/* The other process: it owns nothing but one end of a channel, and takes foreign files apart. */
#ifndef SERVE_WORKER_PROCESS_H
#define SERVE_WORKER_PROCESS_H

#include "serve/helper.h"

/* Live as the image worker until the channel's other end is closed. For a freshly forked process of
 * one thread; does not return. */
_Noreturn void worker_process_run(int channel, const struct helper_settings *settings);

#endif

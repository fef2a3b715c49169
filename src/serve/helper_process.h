/* Processes that stand beside the daemon with fewer rights than it has, and speak with it over one
 * channel: the image worker, the courier. */
#ifndef SERVE_HELPER_PROCESS_H
#define SERVE_HELPER_PROCESS_H

#include "base/checked.h"

/* Make a process that lives in run(); *ret_channel is the daemon's end, which never blocks. Call it
 * before any thread is made. `run` gets its end of the channel and does not return. Nobody has to
 * bury the process, which should end when its channel does. 0 or a negative errno. */
must_check int helper_process_start(void (*run)(int channel, const void *context),
                                    const void *context, int *ret_channel);

/* For the new process: close every descriptor above standard error but the channel, take back what
 * the daemon said about signals (those of the terminal are the daemon's business), and be shown as
 * `name`. Its channel's new number. */
must_check int helper_process_settle(int channel, const char *name);

#endif

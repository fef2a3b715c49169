/* The other process: it owns nothing but one end of a channel, and takes foreign files apart. */
#ifndef SERVE_WORKER_PROCESS_H
#define SERVE_WORKER_PROCESS_H

#include <stdbool.h>

struct worker_process_settings {
    int channel;      /* its end; all other descriptors are closed */
    const char *user; /* whom to become; "" = stay */
    bool seccomp;     /* off only where a sanitizer needs calls of its own */
};

/* Live as the image worker until the channel's other end is closed. For a freshly forked process of
 * one thread; does not return. */
_Noreturn void worker_process_run(const struct worker_process_settings *settings);

#endif

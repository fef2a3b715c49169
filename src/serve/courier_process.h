/* The courier's other end: see courier.h. */
#ifndef SERVE_COURIER_PROCESS_H
#define SERVE_COURIER_PROCESS_H

#include <stdbool.h>

struct courier_process_settings {
    int channel;      /* its end; all other descriptors are closed */
    const char *user; /* whom to become; "" = stay */
    bool seccomp;     /* off only where a sanitizer needs calls of its own */
};

/* Live as the courier until the channel's other end is closed. For a freshly forked process of one
 * thread; does not return. */
_Noreturn void courier_process_run(const struct courier_process_settings *settings);

#endif

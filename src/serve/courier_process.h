/* The courier's other end: see courier.h. */
#ifndef SERVE_COURIER_PROCESS_H
#define SERVE_COURIER_PROCESS_H

#include "serve/helper.h"

/* Live as the courier until the channel's other end is closed. For a freshly forked process of one
 * thread; does not return. */
_Noreturn void courier_process_run(int channel, const struct helper_settings *settings);

#endif

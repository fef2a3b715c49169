/* What a child of the courier does with a block of messages: see serve/courier.h. */
#ifndef SERVE_COURIER_POST_H
#define SERVE_COURIER_POST_H

#include "serve/courier_wire.h"

/* Send the block in `fd`. `tell` is called for each message that was taken, and in any case once at
 * the end. */
void courier_post_run(uint32_t number, int fd,
                      void (*tell)(void *context, const struct courier_news *news), void *context);

#endif

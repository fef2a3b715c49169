/* A process that stands beside the daemon with fewer rights than it has (the image worker, the
 * courier, the mirror), as the daemon sees it: started, heard on a loop, and given up when it ends
 * or says what none of ours would say. How such a process lives: helper_process.h. */
#ifndef SERVE_HELPER_H
#define SERVE_HELPER_H

#include "base/checked.h"
#include "base/span.h"

#include "net/loop.h"

/* What it is told at its birth. */
struct helper_settings {
    const char *user; /* whom to become; "" = stay */
    bool seccomp;     /* off only where a sanitizer needs calls of its own */
    const void *more; /* what else this one should know; NULL = nothing */
};

struct helper_listener {
    /* One message, and the descriptor that came with it (-1 = none), which is closed afterwards if
     * the listener does not keep it and writes -1. False: this is none of our messages, and the
     * process is no longer what we started. */
    bool (*heard)(void *context, struct span message, int *fd);
    void (*lost)(void *context); /* it is gone; told once */
};

/* Embedded in whoever started it; its fields are helper.c's. */
struct helper {
    int channel;       /* -1: it is gone */
    struct loop *loop; /* NULL: not heard yet */
    struct watch watch;
    const struct helper_listener *listener;
    void *context;
};

/* Make a process that lives in run(), which gets its end of the channel and does not return. Call
 * it before any thread is made and before rights are given up. Nobody has to bury the process,
 * which ends when its channel does. 0 or a negative errno. */
must_check int helper_start(struct helper *helper,
                            void (*run)(int channel, const struct helper_settings *settings),
                            const struct helper_settings *settings);

/* Hear it on this loop from now on; the listener is called in the loop's thread, and stays where it
 * is. 0 or a negative errno. */
must_check int helper_attach(struct helper *helper, struct loop *loop,
                             const struct helper_listener *listener, void *context);

bool helper_is_there(const struct helper *helper);

/* Tell it something, with a descriptor that stays the caller's (-1 = none). 0, -EPIPE when it is
 * gone, -EAGAIN when it does not keep up, or another negative errno. */
must_check int helper_send(struct helper *helper, struct span message, int fd);

/* Its next message, waiting at most so long, for programs without a loop: into `buffer` of
 * CHANNEL_MESSAGE_MAX, its length; -ETIMEDOUT, -EPIPE when it is gone, or another negative errno.
 */
must_check int64_t helper_receive(struct helper *helper, int wait_ms, uint8_t *buffer, int *ret_fd);

/* Have nothing to do with it any more: its channel is closed, upon which it ends. The listener is
 * not told. Again is fine. */
void helper_give_up(struct helper *helper);

#endif

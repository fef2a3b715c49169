/* Messages between two processes of ours, each with at most one descriptor: a pair of sockets that
 * keep the borders of messages. */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include "base/checked.h"
#include "base/span.h"

#define CHANNEL_MESSAGE_MAX 4096

/* Both ends, closed on exec; the first never blocks. 0 or a negative errno. */
must_check int channel_pair(int ret_ends[2]);

/* Send one message, with descriptor `fd` (which stays the caller's; -1 = none). 0; -EAGAIN when the
 * other side does not keep up; another negative errno. */
must_check int channel_send(int end, struct span message, int fd);

/* The next message into `buffer` of CHANNEL_MESSAGE_MAX: its length, and in *ret_fd a descriptor
 * that is the caller's, or -1. 0 when the other side is gone; -EAGAIN when there is none now;
 * -EMSGSIZE when it was cut (and dropped); another negative errno. */
must_check int64_t channel_receive(int end, uint8_t *buffer, int *ret_fd);

/* Throw away what waits to be received; never blocks. */
void channel_drain(int end);

#endif

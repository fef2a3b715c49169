/* TCP sockets: listening, accepting, sending from memory and from files. All descriptors are
 * non-blocking and close-on-exec. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "base/checked.h"

#include "model/addr.h"

/* Listen at `at` (address 0.0.0.0 = all; port 0 = any). SO_REUSEPORT, so that each lane has a
 * socket of its own and the kernel shares the connections out. `device` binds to an interface, NULL
 * = no. The descriptor, or a negative errno (-EADDRINUSE: another program without SO_REUSEPORT). */
must_check int tcp_listen(struct endpoint at, int backlog, const char *device);

/* Make a listening socket that was handed over (net/activation.h) what tcp_listen() would have
 * made. 0 or a negative errno. */
must_check int tcp_adopt(int fd);

/* Is the port free, also of sockets that would share it? 0, -EADDRINUSE, or another negative errno.
 */
must_check int tcp_find_free(struct endpoint at);

/* The address a socket is bound to; zero when it cannot be told. */
struct endpoint tcp_local(int fd);

/* Take the next connection: the descriptor, or a negative errno (-EAGAIN: none). Connections that
 * died in the queue are skipped. */
must_check int tcp_accept(int listen_fd, struct endpoint *ret_peer);

/* Bytes read; 0 at the end of the stream; or a negative errno. */
must_check int64_t tcp_receive(int fd, void *out, size_t cap);

/* Bytes taken by the kernel, or a negative errno. `more`: hold back a last short segment. Never
 * raises SIGPIPE. */
must_check int64_t tcp_send(int fd, const void *data, size_t len, bool more);

/* Up to `len` bytes of a file from `offset`, without passing through user space. 0 = the file ends
 * there. Falls back to reading where the file system cannot do it. */
must_check int64_t tcp_send_file(int fd, int file_fd, uint64_t offset, uint64_t len);

/* Read a file slice: bytes, 0 at its end, or a negative errno. */
must_check int64_t tcp_read_file(int file_fd, void *out, size_t len, uint64_t offset);

/* No more is sent from here; the client sees the end of the stream. */
void tcp_finish(int fd);

/* Make the coming close a reset, so that the client cannot take what it has for the whole. */
void tcp_set_reset(int fd);

#endif

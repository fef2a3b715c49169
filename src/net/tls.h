/* TLS on one accepted socket, the server's side, never blocking. All connections of a lane share
 * one buffer in which records are put together, so that many records leave in one system call and
 * an idle connection holds no buffers at all.
 *
 *     tls_lane_new(&lane);                      once a thread
 *     tls_new(context, lane, fd, &t);
 *     while (tls_accept(t) == -EAGAIN) wait;    for EPOLLOUT if tls_owes(t), else for EPOLLIN
 *     tls_receive(), tls_send() ...; tls_finish(t); tls_free(t); */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/autoclean.h"

#include "net/tls_context.h"
#include "net/tls_flaw.h"

/* The most that one tls_send() takes: a head and a small file leave together. */
#define TLS_SEND_MAX ((size_t)5 * 16384)

struct tls_lane;
struct tls;

must_check int tls_lane_new(struct tls_lane **ret_lane);
void tls_lane_free(struct tls_lane *lane); /* NULL is fine */

/* A connection in need of its handshake. Takes a reference on the context; `fd` stays the caller's
 * and must outlive it. 0 or -ENOMEM. */
must_check int tls_new(struct tls_context *context, struct tls_lane *lane, int fd,
                       struct tls **ret);
void tls_free(struct tls *t); /* NULL is fine */

/* Go on with the handshake: 0 when it is done; -EAGAIN; -EPROTO, with tls_flaw(), when it came to
 * nothing: an alert that says why has been sent. */
must_check int tls_accept(struct tls *t);
enum tls_flaw tls_flaw(const struct tls *t);

/* Bytes read; 0 at the end of the stream; -EAGAIN; or a negative errno (-EPROTO: the other side
 * broke the protocol). */
must_check int64_t tls_receive(struct tls *t, void *out, size_t cap);

/* Is there more to read that epoll knows nothing of? Then call tls_receive() until -EAGAIN. */
bool tls_has_unread(const struct tls *t);

/* Bytes taken, at most TLS_SEND_MAX, or a negative errno. What is taken is on its way, but may wait
 * here for the socket: tls_owes(). While it does, -EAGAIN. `more`: hold back a last short segment.
 */
must_check int64_t tls_send(struct tls *t, const void *data, size_t len, bool more);

/* The same from a file; 0 = the file ends at `offset`. */
must_check int64_t tls_send_file(struct tls *t, int file_fd, uint64_t offset, uint64_t len);

/* Are there bytes that the socket did not take yet? Wait for EPOLLOUT then, and tls_flush(). */
bool tls_owes(const struct tls *t);
/* 0 when nothing is owed any more, -EAGAIN, or a negative errno. */
must_check int tls_flush(struct tls *t);

/* Tell the other side that nothing more comes (close_notify), as far as the socket takes it. */
void tls_finish(struct tls *t);

/* Did the client show a certificate of the CA that clients are asked for? */
bool tls_client_is_known(const struct tls *t);

#endif

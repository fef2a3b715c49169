/* The courier: a process of its own that fetches files by HTTP and HTTPS into descriptors it is
 * given. It can read the system's names and certificates and write nowhere else; the daemon itself
 * speaks with no foreign server. Costs next to nothing until something is fetched. */
#ifndef SERVE_COURIER_H
#define SERVE_COURIER_H

#include "net/loop.h"
#include "serve/courier_wire.h"

#define COURIER_FETCHES_MAX 4
#define COURIER_POSTS_MAX   16

struct courier;

/* Start the process. Call it before any thread is made and before rights are given up. 0 or a
 * negative errno. */
must_check int courier_new(const char *user, bool seccomp, struct courier **ret_courier);

/* Hear its news on this loop from now on; `told` is called in the loop's thread. When the process
 * is lost, once with number 0. 0 or a negative errno. */
must_check int courier_attach(struct courier *courier, struct loop *loop,
                              void (*told)(void *context, const struct courier_news *news),
                              void *context);

/* Fetch `url` (http:// or https://) into `fd`, from its beginning or going on behind what it holds;
 * the descriptor stays the caller's. `number` (not 0) names the fetch in the news. 0, -EPIPE when
 * the process is gone, or another negative errno. */
must_check int courier_fetch(struct courier *courier, uint32_t number, const char *url,
                             uint64_t most, int fd);

/* The same for the news of posts, whose numbers have the bit COURIER_POSTS. */
void courier_attach_posts(struct courier *courier,
                          void (*told)(void *context, const struct courier_news *news),
                          void *context);

/* Send a block (serve/post_block.h, in a file of net/memory_file.h), message by message until one
 * is not taken. Each is told: `have` is how many were taken so far; then the end, is_whole when all
 * were, or with a sentence; also when they take longer than half a minute, without one. As
 * courier_fetch(). */
must_check int courier_post(struct courier *courier, uint32_t number, int fd);

/* End a fetch; its end is told as any other. */
void courier_cancel(struct courier *courier, uint32_t number);

/* End the process and what it fetches. NULL is fine. */
void courier_free(struct courier *courier);

#endif

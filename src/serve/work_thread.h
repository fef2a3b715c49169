/* One thread that does pieces of work in the order in which they are handed over: for what waits
 * for a disk and must not keep a loop waiting. */
#ifndef SERVE_WORK_THREAD_H
#define SERVE_WORK_THREAD_H

#include "net/loop.h"

struct work_thread;

/* 0 or a negative errno. */
must_check int work_thread_new(struct work_thread **ret_thread);

/* Hand over a piece; from any thread. The node is the caller's again when its run() is called, in
 * this thread; what is to go on elsewhere is posted there (loop_post) from it. */
void work_thread_post(struct work_thread *thread, struct work *work);

/* Do what was handed over so far, and end. NULL is fine. */
void work_thread_free(struct work_thread *thread);

#endif

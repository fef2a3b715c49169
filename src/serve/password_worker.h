/* Checks and hashes passwords in a thread of its own, so that the control loop goes on meanwhile:
 * one at a time, since each takes 64 MiB, and few may wait. The thread is there while there is
 * work. */
#ifndef SERVE_PASSWORD_WORKER_H
#define SERVE_PASSWORD_WORKER_H

#include "base/list.h"

#include "api/api.h"
#include "net/loop.h"

struct password_worker;

/* One job; on the heap, the worker's from the asking until `done`, which frees it with
 * password_task_free(). Whoever asked sets `context` NULL when the outcome is of no use any more.
 */
struct password_task {
    struct list link;
    struct api_password_job job;
    struct api_password_outcome outcome;
    void (*done)(struct password_task *task); /* in the loop */
    void *context;
};

must_check int password_worker_new(struct loop *loop, struct password_worker **ret_worker);
/* Waits for a job under way; those that wait are dropped without `done`. NULL is fine. */
void password_worker_free(struct password_worker *worker);

/* 0, or -EAGAIN: too many wait; then the task stays the caller's. */
must_check int password_worker_ask(struct password_worker *worker, struct password_task *task);

/* Wipes it. */
void password_task_free(struct password_task *task);

#endif

/* The daemon's end of the image worker: pieces of work go to the other process one after another,
 * and their results come back on the loop. The worker is started before rights are given up, since
 * it gives up more of them. */
#ifndef SERVE_IMAGE_WORKER_H
#define SERVE_IMAGE_WORKER_H

#include "net/loop.h"
#include "serve/worker_wire.h"

struct image_worker;

/* A piece of work; embedded in its owner, who keeps it in place until done() is called. */
struct worker_job {
    enum worker_task task;
    int fd; /* the file, taken over when submitted; -1 for tasks without one */
    /* The part of the file that is meant, in order; none = all of it. The owner's. */
    const struct image_extent *extents;
    uint32_t extent_count; /* at most WORKER_EXTENTS_MAX */
    /* In done(): what came with the reply of WORKER_INDEX, the owner's to close; -1 = nothing. */
    int answer_fd;
    /* `reply` is gone after return; result WORKER_GONE when there is no worker any more. May submit
     * again. */
    void (*done)(struct worker_job *job, const struct worker_reply *reply);
    void *context;
    struct worker_job *next; /* the worker's */
};

/* Start the other process. Call it before any thread is made. 0 or a negative errno. */
must_check int image_worker_new(const char *user, bool seccomp, struct image_worker **ret_worker);

/* Hear its answers on this loop from now on. 0 or a negative errno. */
must_check int image_worker_attach(struct image_worker *worker, struct loop *loop);

/* Call this when the worker was replaced while it had nothing to do, or was indexing: what it was
 * told is forgotten. (Else the job's done() tells it.) */
void image_worker_on_renewal(struct image_worker *worker, void (*renewed)(void *context),
                             void *context);

/* Hand the worker a piece of work and wait for its answer, for programs without a loop; never with
 * one that is attached. The job's done() is not called; its answer_fd is the caller's. */
void image_worker_call(struct image_worker *worker, struct worker_job *job,
                       struct worker_reply *ret_reply);

/* Hand over a job; done() is called from the loop, also when it failed. In the loop's thread. */
void image_worker_submit(struct image_worker *worker, struct worker_job *job);

/* End the other process; jobs that wait are forgotten without a call. NULL is fine. */
void image_worker_free(struct image_worker *worker);

#endif

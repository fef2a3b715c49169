/* See password_worker.h. A thread for each job, joined before the next: jobs are rare, and an idle
 * daemon has no thread for them. */
#include "serve/password_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define WAITING_MAX 8

struct password_worker {
    struct loop *loop;
    struct list waiting;
    uint32_t count;
    struct password_task *task; /* under way; NULL = none */
    pthread_t thread;
    bool has_thread; /* that has to be joined */
    struct work finished;
};

void password_task_free(struct password_task *task)
{
    if (!task)
        return;
    token_wipe(task, sizeof *task);
    free(task);
}

/* In the thread. */
static void *run(void *argument)
{
    struct password_worker *worker = argument;
    struct password_task *task = worker->task;
    const struct api_password_job *job = &task->job;

    span_to_text(span_text(job->checks ? job->hash : ""), task->outcome.hash,
                 sizeof task->outcome.hash);
    if (job->checks)
        task->outcome.matched = password_matches(job->hash, span_text(job->given));
    if (job->makes && (!job->checks || task->outcome.matched) &&
        password_hash(span_text(job->wanted), task->outcome.made) < 0)
        task->outcome.made[0] = 0;
    loop_post(worker->loop, &worker->finished);
    return NULL;
}

static void begin_next(struct password_worker *worker)
{
    if (worker->task || list_is_empty(&worker->waiting))
        return;
    struct password_task *task = list_entry(worker->waiting.next, struct password_task, link);
    list_remove(&task->link);
    worker->count--;
    worker->task = task;
    worker->has_thread = pthread_create(&worker->thread, NULL, run, worker) == 0;
    /* Without a thread nothing matches, and nothing is made; told later, as always. */
    if (!worker->has_thread)
        loop_post(worker->loop, &worker->finished);
}

static void finished(struct work *work)
{
    struct password_worker *worker = work->context;
    struct password_task *task = worker->task;
    if (worker->has_thread)
        pthread_join(worker->thread, NULL);
    worker->task = NULL;
    task->done(task);
    begin_next(worker);
}

int password_worker_new(struct loop *loop, struct password_worker **ret_worker)
{
    struct password_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    worker->loop = loop;
    worker->finished = (struct work){ .run = finished, .context = worker };
    list_init(&worker->waiting);
    *ret_worker = worker;
    return 0;
}

int password_worker_ask(struct password_worker *worker, struct password_task *task)
{
    if (worker->count == WAITING_MAX)
        return -EAGAIN;
    list_append(&worker->waiting, &task->link);
    worker->count++;
    begin_next(worker);
    return 0;
}

void password_worker_free(struct password_worker *worker)
{
    if (!worker)
        return;
    while (!list_is_empty(&worker->waiting)) {
        struct password_task *task = list_entry(worker->waiting.next, struct password_task, link);
        list_remove(&task->link);
        password_task_free(task);
    }
    if (worker->task) {
        if (worker->has_thread)
            pthread_join(worker->thread, NULL);
        worker->has_thread = false;
        loop_run_posted(worker->loop); /* `finished` has been posted */
    }
    free(worker);
}

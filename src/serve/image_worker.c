/* One job is under way at a time, so that a death is the death of a known job. What comes back is
 * decoded like anything foreign; an answer that is none, or to no question, ends the worker for
 * good: whoever sends it is no longer what we started. */
#include "serve/image_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/channel.h"
#include "serve/worker_process.h"

struct image_worker {
    int channel; /* -1: it is gone */
    struct loop *loop;
    struct watch watch;
    struct worker_job *first, **last; /* first: under way when is_busy */
    bool is_busy, is_watched;
    uint32_t number;
    struct work gone; /* tells jobs that there is no worker, from the loop */
    bool is_telling;
    void (*renewed)(void *context);
    void *renewed_context;
};

int image_worker_new(const char *user, bool seccomp, struct image_worker **ret_worker)
{
    int ends[2];
    struct image_worker *worker = calloc(1, sizeof *worker);
    int r = worker ? channel_pair(ends) : -ENOMEM;
    if (r < 0) {
        free(worker);
        return r;
    }
    /* A grandchild: nobody here has to bury it. */
    pid_t pid = fork();
    if (pid == 0) {
        pid = fork();
        const struct worker_process_settings settings = { .channel = ends[1],
                                                          .user = user,
                                                          .seccomp = seccomp };
        if (pid == 0)
            worker_process_run(&settings);
        _exit(pid < 0 ? 1 : 0);
    }
    close(ends[1]);
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        r = pid < 0 ? -errno : -EAGAIN;
        close(ends[0]);
        free(worker);
        return r;
    }
    worker->channel = ends[0];
    worker->last = &worker->first;
    *ret_worker = worker;
    return 0;
}

static struct worker_job *take_first(struct image_worker *worker)
{
    struct worker_job *job = worker->first;
    worker->first = job->next;
    if (!worker->first)
        worker->last = &worker->first;
    if (job->fd >= 0)
        close(job->fd);
    job->fd = -1;
    return job;
}

static void tell_gone(struct work *work)
{
    struct image_worker *worker = work->context;
    const struct worker_reply reply = { .result = WORKER_GONE };
    worker->is_telling = false;
    worker->is_busy = false;
    /* Those that are submitted meanwhile are told at another time. */
    struct worker_job *last = NULL;
    for (struct worker_job *job = worker->first; job; job = job->next)
        last = job;
    for (bool more = last != NULL; more;) {
        struct worker_job *job = take_first(worker);
        more = job != last;
        job->done(job, &reply);
    }
}

static void lose(struct image_worker *worker)
{
    if (worker->channel >= 0) {
        if (worker->is_watched)
            loop_unwatch(worker->loop, &worker->watch);
        worker->is_watched = false;
        close(worker->channel);
        worker->channel = -1;
    }
    if (worker->loop && worker->first && !worker->is_telling) {
        worker->is_telling = true;
        worker->gone = (struct work){ .run = tell_gone, .context = worker };
        loop_post(worker->loop, &worker->gone);
    }
}

static void send_first(struct image_worker *worker)
{
    uint8_t request[WORKER_REQUEST_SIZE];
    if (worker->is_busy || !worker->first || worker->channel < 0)
        return;
    worker_request_encode(worker->first->task, ++worker->number, request);
    worker->is_busy = true;
    /* One message is under way at most, so the socket always has room for it. */
    if (channel_send(worker->channel, span_of(request, sizeof request), worker->first->fd) < 0)
        lose(worker);
}

static bool is_answer(const struct image_worker *worker, const struct worker_reply *reply)
{
    return worker->is_busy && worker->first &&
           (reply->number == worker->number || reply->result == WORKER_DIED);
}

static void answer_ready(struct watch *watch, uint32_t events)
{
    struct image_worker *worker = watch->context;
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    struct worker_reply reply;
    int fd = -1;
    (void)events;
    int64_t n = channel_receive(worker->channel, buffer, &fd);
    if (n == -EAGAIN)
        return;
    if (fd >= 0)
        close(fd);
    bool is_reply = n > 0 && worker_reply_decode(span_of(buffer, (size_t)n), &reply);
    if (is_reply && reply.result == WORKER_DIED && !worker->is_busy) {
        if (worker->renewed)
            worker->renewed(worker->renewed_context);
        return;
    }
    if (!is_reply || !is_answer(worker, &reply)) {
        lose(worker);
        return;
    }
    struct worker_job *job = take_first(worker);
    worker->is_busy = false;
    job->done(job, &reply);
    send_first(worker);
}

int image_worker_attach(struct image_worker *worker, struct loop *loop)
{
    worker->loop = loop;
    worker->watch = (struct watch){
        .fd = worker->channel, .events = EPOLLIN, .ready = answer_ready, .context = worker
    };
    int r = loop_watch(loop, &worker->watch);
    worker->is_watched = r == 0;
    return r;
}

void image_worker_on_renewal(struct image_worker *worker, void (*renewed)(void *context),
                             void *context)
{
    worker->renewed = renewed;
    worker->renewed_context = context;
}

void image_worker_submit(struct image_worker *worker, struct worker_job *job)
{
    job->next = NULL;
    *worker->last = job;
    worker->last = &job->next;
    if (worker->channel < 0)
        lose(worker);
    else
        send_first(worker);
}

void image_worker_free(struct image_worker *worker)
{
    if (!worker)
        return;
    while (worker->first)
        (void)take_first(worker);
    if (worker->is_watched)
        loop_unwatch(worker->loop, &worker->watch);
    if (worker->channel >= 0)
        close(worker->channel);
    /* It ends by itself once its channel is closed, after the file under way. */
    free(worker);
}

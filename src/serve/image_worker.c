/* One job is under way at a time, so that a death is the death of a known job. What comes back is
 * decoded like anything foreign; an answer that is none, or to no question, ends the worker for
 * good: whoever sends it is no longer what we started. */
#include "serve/image_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/channel.h"
#include "serve/helper.h"
#include "serve/worker_process.h"

#define CALL_MS_MAX (10 * 60 * 1000)

struct image_worker {
    struct helper helper;
    struct loop *loop;
    struct worker_job *first, **last; /* first: under way when is_busy */
    bool is_busy;
    uint32_t number;
    struct work gone; /* tells jobs that there is no worker, from the loop */
    bool is_telling;
    void (*renewed)(void *context);
    void *renewed_context;
};

int image_worker_new(const char *user, bool seccomp, struct image_worker **ret_worker)
{
    const struct helper_settings settings = { .user = user, .seccomp = seccomp };
    struct image_worker *worker = calloc(1, sizeof *worker);
    int r = worker ? helper_start(&worker->helper, worker_process_run, &settings) : -ENOMEM;

    if (r < 0) {
        free(worker);
        return r;
    }
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
    job->fd = job->answer_fd = -1;
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

/* The process is gone: so is what it was asked. */
static void lost(void *context)
{
    struct image_worker *worker = context;
    if (worker->loop && worker->first && !worker->is_telling) {
        worker->is_telling = true;
        worker->gone = (struct work){ .run = tell_gone, .context = worker };
        loop_post(worker->loop, &worker->gone);
    }
}

static void lose(struct image_worker *worker)
{
    helper_give_up(&worker->helper);
    lost(worker);
}

static int send_job(struct image_worker *worker, const struct worker_job *job)
{
    uint8_t buffer[WORKER_REQUEST_MAX];
    const struct worker_request request = { .task = job->task,
                                            .number = ++worker->number,
                                            .extents = job->extents,
                                            .extent_count = job->extent_count };
    size_t len = worker_request_encode(&request, buffer);
    return helper_send(&worker->helper, span_of(buffer, len), job->fd);
}

static void send_first(struct image_worker *worker)
{
    if (worker->is_busy || !worker->first || !helper_is_there(&worker->helper))
        return;
    worker->is_busy = true;
    /* One message is under way at most, so the socket always has room for it. */
    if (send_job(worker, worker->first) < 0)
        lose(worker);
}

enum reply_fit {
    REPLY_FITS,
    REPLY_LATE, /* nobody waits for it any more */
    REPLY_ODD,
};

/* A child that died is replaced, and a request it never took is lost with it; if there was none,
 * nothing was lost but what it knew. An answer to what was told as lost is passed over. */
static enum reply_fit fit_of(const struct image_worker *worker, const struct worker_reply *reply)
{
    bool is_awaited = worker->is_busy && worker->first;

    if (reply->result == WORKER_DIED)
        return is_awaited ? REPLY_FITS : REPLY_LATE;
    if (is_awaited && reply->number == worker->number)
        return REPLY_FITS;
    return reply->number <= worker->number ? REPLY_LATE : REPLY_ODD;
}

static bool heard(void *context, struct span message, int *fd)
{
    struct image_worker *worker = context;
    struct worker_reply reply;

    if (!worker_reply_decode(message, &reply))
        return false;
    enum reply_fit fit = fit_of(worker, &reply);
    if (fit == REPLY_ODD)
        return false;
    bool is_index = fit == REPLY_FITS && worker->first->task == WORKER_INDEX;
    if (reply.result == WORKER_DIED && (fit == REPLY_LATE || is_index) && worker->renewed)
        worker->renewed(worker->renewed_context);
    if (fit != REPLY_FITS)
        return true;
    struct worker_job *job = take_first(worker);
    worker->is_busy = false;
    if (is_index) {
        job->answer_fd = *fd;
        *fd = -1;
    }
    job->done(job, &reply);
    send_first(worker);
    return true;
}

/* The answer to what is under way, for longer than the worker is given for one piece of work. */
static bool receive(struct image_worker *worker, struct worker_reply *ret_reply, int *ret_fd)
{
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    enum reply_fit fit = REPLY_LATE;

    while (fit == REPLY_LATE) {
        int fd = -1;
        int64_t n = helper_receive(&worker->helper, CALL_MS_MAX, buffer, &fd);
        fit = n > 0 && worker_reply_decode(span_of(buffer, (size_t)n), ret_reply)
                  ? fit_of(worker, ret_reply)
                  : REPLY_ODD;
        if (fit == REPLY_FITS)
            *ret_fd = fd;
        else if (fd >= 0)
            close(fd);
    }
    return fit == REPLY_FITS;
}

void image_worker_call(struct image_worker *worker, struct worker_job *job,
                       struct worker_reply *ret_reply)
{
    int fd = -1;

    job->next = NULL;
    worker->first = job;
    worker->is_busy = true;
    if (send_job(worker, job) < 0 || !receive(worker, ret_reply, &fd)) {
        lose(worker);
        *ret_reply = (struct worker_reply){ .result = WORKER_GONE };
    }
    (void)take_first(worker);
    worker->is_busy = false;
    if (fd >= 0 && job->task != WORKER_INDEX) {
        close(fd);
        fd = -1;
    }
    job->answer_fd = fd;
}

int image_worker_attach(struct image_worker *worker, struct loop *loop)
{
    static const struct helper_listener listener = { heard, lost };
    worker->loop = loop;
    return helper_attach(&worker->helper, loop, &listener, worker);
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
    if (!helper_is_there(&worker->helper))
        lost(worker);
    else
        send_first(worker);
}

void image_worker_free(struct image_worker *worker)
{
    if (!worker)
        return;
    while (worker->first)
        (void)take_first(worker);
    /* It ends by itself once its channel is closed, after the file under way. */
    helper_give_up(&worker->helper);
    free(worker);
}

/* One job is under way at a time, so that a death is the death of a known job. What comes back is
 * decoded like anything foreign; an answer that is none, or to no question, ends the worker for
 * good: whoever sends it is no longer what we started. */
#include "serve/image_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/channel.h"
#include "serve/helper_process.h"
#include "serve/worker_process.h"

#define CALL_MS_MAX (10 * 60 * 1000)

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

static void run_process(int channel, const void *context)
{
    struct worker_process_settings settings;
    memcpy(&settings, context, sizeof settings);
    settings.channel = channel;
    worker_process_run(&settings);
}

int image_worker_new(const char *user, bool seccomp, struct image_worker **ret_worker)
{
    const struct worker_process_settings settings = { .user = user, .seccomp = seccomp };
    struct image_worker *worker = calloc(1, sizeof *worker);
    int r = worker ? helper_process_start(run_process, &settings, &worker->channel) : -ENOMEM;

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

static int send_job(struct image_worker *worker, const struct worker_job *job)
{
    uint8_t buffer[WORKER_REQUEST_MAX];
    const struct worker_request request = { .task = job->task,
                                            .number = ++worker->number,
                                            .extents = job->extents,
                                            .extent_count = job->extent_count };
    size_t len = worker_request_encode(&request, buffer);
    return channel_send(worker->channel, span_of(buffer, len), job->fd);
}

static void send_first(struct image_worker *worker)
{
    if (worker->is_busy || !worker->first || worker->channel < 0)
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

/* One message of the worker. -EAGAIN when there is none now. */
static int receive(struct image_worker *worker, struct worker_reply *ret_reply,
                   enum reply_fit *ret_fit, int *ret_fd)
{
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    int64_t n = channel_receive(worker->channel, buffer, ret_fd);
    if (n == -EAGAIN)
        return -EAGAIN;
    *ret_fit = n > 0 && worker_reply_decode(span_of(buffer, (size_t)n), ret_reply)
                   ? fit_of(worker, ret_reply)
                   : REPLY_ODD;
    return 0;
}

static void answer_ready(struct watch *watch, uint32_t events)
{
    struct image_worker *worker = watch->context;
    struct worker_reply reply;
    enum reply_fit fit;
    int fd = -1;
    (void)events;
    if (receive(worker, &reply, &fit, &fd) < 0)
        return;
    bool is_index = fit == REPLY_FITS && worker->first->task == WORKER_INDEX;
    if (fd >= 0 && !is_index)
        close(fd);
    if (fit == REPLY_ODD)
        lose(worker);
    if (fit != REPLY_ODD && reply.result == WORKER_DIED && (fit == REPLY_LATE || is_index) &&
        worker->renewed)
        worker->renewed(worker->renewed_context);
    if (fit != REPLY_FITS)
        return;
    struct worker_job *job = take_first(worker);
    worker->is_busy = false;
    job->answer_fd = is_index ? fd : -1;
    job->done(job, &reply);
    send_first(worker);
}

/* For its answer, longer than the worker is given for one piece of work. */
static bool wait_for(const struct image_worker *worker)
{
    struct pollfd wanted = { .fd = worker->channel, .events = POLLIN };
    int r;
    do
        r = poll(&wanted, 1, CALL_MS_MAX);
    while (r < 0 && errno == EINTR);
    return r > 0;
}

void image_worker_call(struct image_worker *worker, struct worker_job *job,
                       struct worker_reply *ret_reply)
{
    enum reply_fit fit = REPLY_LATE;
    int fd = -1;

    job->next = NULL;
    worker->first = job;
    worker->is_busy = true;
    if (worker->channel >= 0 && send_job(worker, job) < 0)
        lose(worker);
    while (worker->channel >= 0 && fit != REPLY_FITS) {
        if (fd >= 0)
            close(fd);
        fd = -1;
        if (!wait_for(worker) || receive(worker, ret_reply, &fit, &fd) < 0 || fit == REPLY_ODD)
            lose(worker);
    }
    (void)take_first(worker);
    worker->is_busy = false;
    if (worker->channel < 0)
        *ret_reply = (struct worker_reply){ .result = WORKER_GONE };
    if (fd >= 0 && (worker->channel < 0 || job->task != WORKER_INDEX)) {
        close(fd);
        fd = -1;
    }
    job->answer_fd = fd;
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

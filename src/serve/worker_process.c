/* Two processes, really: one that only waits, and its child, which works. A file that kills the
 * child (a fault of ours, or one of a library) is told to the daemon as WORKER_DIED, and the next
 * child is made from the one that waits, which has never read a foreign byte. Each task is a row; a
 * format that is learned later is another row. */
#include "serve/worker_process.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/container.h"
#include "image/inspection.h"
#include "image/siglist.h"
#include "image/wim_inspection.h"
#include "net/channel.h"
#include "net/file.h"
#include "net/memory.h"
#include "net/memory_file.h"
#include "net/sandbox.h"
#include "serve/file_source.h"
#include "serve/helper_process.h"
#include "serve/worker_wire.h"

#define CPU_SECONDS 120 /* for one task: two gigabytes are hashed in a few */

struct worker {
    int channel;
    bool is_filtered; /* by seccomp */
    struct trust *trust;
    struct inspection *inspection;
};

/* One piece of work. */
struct piece {
    const struct worker_request *request;
    int fd; /* -1: none came with it */
    struct worker_reply reply;
    int answer_fd; /* goes out with the reply; -1 = none */
};

/* 0, or a negative errno of this machine; refusals are in the reply. */
typedef int task_function(struct worker *worker, struct piece *piece);

static void refuse(struct piece *piece, const char *phrase)
{
    piece->reply.result = WORKER_REFUSED;
    span_to_text(span_text(phrase), piece->reply.phrase, sizeof piece->reply.phrase);
}

static int reset_trust(struct worker *worker, struct piece *piece)
{
    (void)piece;
    struct trust *fresh = trust_new();
    if (!fresh)
        return -ENOMEM;
    trust_free(worker->trust);
    worker->trust = fresh;
    return 0;
}

static int add_trust(struct worker *worker, enum trust_side side, struct piece *piece)
{
    uint8_t *data = NULL;
    size_t len = 0;
    char why[TRUST_PHRASE_MAX] = "";
    int r = file_read_whole(piece->fd, SIGLIST_BYTES_MAX, &data, &len);
    if (r < 0)
        return r;
    r = trust_add(worker->trust, side, span_of(data, len), why);
    free(data);
    if (r != -EBADMSG)
        return r;
    refuse(piece, why);
    return 0;
}

static int add_db(struct worker *worker, struct piece *piece)
{
    return add_trust(worker, TRUST_DB, piece);
}

static int add_dbx(struct worker *worker, struct piece *piece)
{
    return add_trust(worker, TRUST_DBX, piece);
}

/* Of a WIM, the boot managers in it are inspected. */
static int inspect_wim(struct worker *worker, const struct image_source *source,
                       struct worker_reply *reply)
{
    struct wim_inspection *wim = malloc(sizeof *wim);
    int r = wim ? wim_inspection_make(source, "", 0, worker->trust, wim) : -ENOMEM;
    if (r == 0) {
        span_to_text(span_text(wim->headline), reply->phrase, sizeof reply->phrase);
        reply->facts = wim->facts;
    }
    free(wim);
    return r;
}

static int inspect(struct worker *worker, struct piece *piece)
{
    struct file_source file = { .fd = piece->fd,
                                .name = "",
                                .extents = piece->request->extents,
                                .extent_count = piece->request->extent_count };
    struct image_source source = file_source_over(&file);
    struct inspection *inspection = worker->inspection;
    if (wim_is(&source, ""))
        return inspect_wim(worker, &source, &piece->reply);
    int r = inspection_make(&source, "", worker->trust, inspection);
    if (r == 0) {
        span_to_text(span_text(inspection->headline), piece->reply.phrase,
                     sizeof piece->reply.phrase);
        piece->reply.facts = inspection->facts;
    }
    return r;
}

static int index_container(struct worker *worker, struct piece *piece)
{
    struct file_source file = { .fd = piece->fd, .name = "" };
    struct image_source source = file_source_over(&file);
    struct container container;
    (void)worker;
    int r = container_read(&source, "", &container);
    if (r < 0)
        return r;
    if (container.verdict == CONTAINER_SOUND)
        piece->answer_fd = memory_file_make(span_of(container.block, container.block_len));
    else
        refuse(piece, container.why);
    container_done(&container);
    return piece->answer_fd < -1 ? piece->answer_fd : 0;
}

static const struct {
    task_function *run;
    bool takes_file;
} tasks[WORKER_TASKS] = {
    [WORKER_TRUST_RESET] = { reset_trust, false }, [WORKER_TRUST_DB] = { add_db, true },
    [WORKER_TRUST_DBX] = { add_dbx, true },        [WORKER_INSPECT] = { inspect, true },
    [WORKER_INDEX] = { index_container, true },
};

/* Time of the processor; who needs more is ended by SIGPROF. */
static void set_time(int seconds)
{
    const struct itimerval time = { .it_value.tv_sec = seconds };
    (void)setitimer(ITIMER_PROF, &time, NULL);
}

static void answer(struct worker *worker, struct span message, int fd)
{
    uint8_t buffer[WORKER_REPLY_MAX];
    struct image_extent extents[WORKER_EXTENTS_MAX];
    struct worker_request request;
    struct piece piece = { .request = &request, .fd = fd, .answer_fd = -1 };

    if (!worker_request_decode(message, extents, &request) ||
        tasks[request.task].takes_file != (fd >= 0))
        _exit(1);
    piece.reply.number = request.number;
    set_time(CPU_SECONDS);
    int r = tasks[request.task].run(worker, &piece);
    set_time(0);
    if (r < 0) {
        piece.reply.result = WORKER_FAILED;
        span_to_text(span_text(strerror(-r)), piece.reply.phrase, sizeof piece.reply.phrase);
    }
    size_t len = worker_reply_encode(&piece.reply, buffer);
    if (channel_send(worker->channel, span_of(buffer, len), piece.answer_fd) < 0)
        _exit(0);
    if (piece.answer_fd >= 0)
        close(piece.answer_fd);
}

/* OpenSSL looks for its configuration at its first use, which must be before the filter. */
static bool warm_up(struct worker *worker)
{
    struct digest digest;
    char why[TRUST_PHRASE_MAX];
    return reset_trust(worker, NULL) == 0 &&
           digest_of(DIGEST_SHA256, (struct span){ 0 }, &digest) == 0 &&
           trust_add(worker->trust, TRUST_DB, span_text("0"), why) == -EBADMSG;
}

static void work(void *context)
{
    struct worker *worker = context;
    char data[256];
    struct text why = text_over(data, sizeof data);

    worker->inspection = malloc(sizeof *worker->inspection);
    /* Machines that boot go first. */
    (void)!nice(10);
    /* Nothing to say and nothing to read but the channel; a sanitizer has. */
    if (worker->is_filtered && close_range(0, STDERR_FILENO, 0) < 0)
        _exit(1);
    if (!worker->inspection || !warm_up(worker) ||
        sandbox_enter_worker(worker->is_filtered, &why) < 0)
        _exit(1);
    for (;;) {
        uint8_t buffer[CHANNEL_MESSAGE_MAX];
        int fd = -1;
        int64_t n = channel_receive(worker->channel, buffer, &fd);
        if (n <= 0)
            _exit(0);
        answer(worker, span_of(buffer, (size_t)n), fd);
        if (fd >= 0)
            close(fd);
        /* Files come seldom, and the libraries that read them are large. */
        memory_give_back();
    }
}

/* A request nobody has read yet is lost with the worker: the next one must not answer what the
 * daemon has been told is lost. */
static void tell_death(void *context, int status)
{
    const struct worker *worker = context;
    uint8_t buffer[WORKER_REPLY_MAX];
    const struct worker_reply reply = { .result = WORKER_DIED };

    channel_drain(worker->channel);
    size_t len = worker_reply_encode(&reply, buffer);
    /* One that dies before its first task would die for ever. */
    if (channel_send(worker->channel, span_of(buffer, len), -1) < 0 || WIFEXITED(status))
        _exit(1);
}

_Noreturn void worker_process_run(int channel, const struct helper_settings *settings)
{
    struct worker worker = { .is_filtered = settings->seccomp };
    const struct helper_rights rights = { .user = settings->user };

    worker.channel = helper_process_settle(channel, "tugboot-images");
    if (helper_process_confine(&rights) < 0)
        _exit(1);
    helper_process_renew(work, tell_death, &worker);
}

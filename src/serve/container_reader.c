/* See container_reader.h. The last container is kept: a command that shows an image asks for it
 * several times. */
#include "serve/container_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/image_worker.h"
#include "serve/sanitized.h"

struct container_reader {
    char user[64];
    struct image_worker *worker; /* NULL: not started yet */
    struct held_container *last;
};

struct container_reader *container_reader_new(const char *user)
{
    struct container_reader *reader = calloc(1, sizeof *reader);
    if (reader)
        span_to_text(span_text(user), reader->user, sizeof reader->user);
    return reader;
}

void container_reader_free(struct container_reader *reader)
{
    if (!reader)
        return;
    held_container_unref(reader->last);
    image_worker_free(reader->worker);
    free(reader);
}

static enum container_state say(enum container_state state, const char *phrase,
                                char why[CONTAINER_FINDER_WHY_MAX])
{
    span_to_text(span_text(phrase), why, CONTAINER_FINDER_WHY_MAX);
    return state;
}

static enum container_state read_container(struct container_reader *reader, int fd,
                                           const struct file_facts *facts,
                                           char why[CONTAINER_FINDER_WHY_MAX])
{
    struct worker_job job = { .task = WORKER_INDEX, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    struct worker_reply reply;

    if (job.fd < 0 || own < 0) {
        if (job.fd >= 0)
            close(job.fd);
        if (own >= 0)
            close(own);
        return say(CONTAINER_UNREAD, "no file descriptors are left", why);
    }
    image_worker_call(reader->worker, &job, &reply);
    if (reply.result == WORKER_DONE) {
        int r = held_container_new(own, facts, job.answer_fd, &reader->last);
        if (r == 0)
            return CONTAINER_READY;
        return say(CONTAINER_REFUSED,
                   r == -EBADMSG ? "what its reader says of it makes no sense" : strerror(-r), why);
    }
    close(own);
    if (job.answer_fd >= 0)
        close(job.answer_fd); /* a refusal has none, unless the worker is no longer ours */
    switch (reply.result) {
    case WORKER_DIED:
        return say(CONTAINER_REFUSED,
                   "the file broke its reader: it is damaged, or not what it seems to be", why);
    case WORKER_GONE:
        return say(CONTAINER_UNREAD, "the process that reads containers is gone", why);
    case WORKER_DONE:
    case WORKER_REFUSED:
    case WORKER_FAILED:
        break;
    }
    return say(CONTAINER_REFUSED, reply.phrase, why);
}

static enum container_state find(void *context, int fd, const struct file_facts *facts,
                                 struct held_container **ret_held,
                                 char why[CONTAINER_FINDER_WHY_MAX])
{
    struct container_reader *reader = context;

    if (!reader->last || !file_facts_same(&reader->last->facts, facts)) {
        held_container_unref(reader->last);
        reader->last = NULL;
        if (!reader->worker && image_worker_new(reader->user, !is_sanitized(), &reader->worker) < 0)
            return say(CONTAINER_UNREAD, "the process that reads containers cannot be started",
                       why);
        enum container_state state = read_container(reader, fd, facts, why);
        if (state != CONTAINER_READY)
            return state;
    }
    *ret_held = held_container_ref(reader->last);
    return CONTAINER_READY;
}

struct container_finder container_reader_finder(struct container_reader *reader)
{
    return (struct container_finder){ .find = reader ? find : NULL, .context = reader };
}

/* See container_shelf.h. A file that killed the worker twice is remembered as broken and not tried
 * again until it changes. */
#include "serve/container_shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"

#define ROWS_MAX   1024
#define DEATHS_MAX 2

struct row {
    struct list link; /* container_shelf.rows */
    enum container_state state;
    int fd; /* until the container is held; -1 */
    struct file_facts facts;
    struct held_container *held; /* CONTAINER_READY */
    char why[CONTAINER_FINDER_WHY_MAX];
    uint32_t round; /* in which it was asked for last */
    uint8_t deaths;
};

struct container_shelf {
    struct container_shelf_settings settings;
    struct list rows; /* in the order they are read in */
    size_t row_count;
    uint32_t round;
    struct row *under_way; /* NULL: none, or it was dropped meanwhile */
    bool is_busy, is_gone;
    struct worker_job job;
    struct timer look_again;
};

static void drop(struct container_shelf *shelf, struct row *row)
{
    if (shelf->under_way == row)
        shelf->under_way = NULL;
    list_remove(&row->link);
    shelf->row_count--;
    if (row->fd >= 0)
        close(row->fd);
    held_container_unref(row->held);
    free(row);
}

static void look_again(struct timer *timer, struct now now)
{
    struct container_shelf *shelf = timer->context;
    (void)now;
    shelf->settings.news(shelf->settings.context);
}

int container_shelf_new(const struct container_shelf_settings *settings,
                        struct container_shelf **ret_shelf)
{
    struct container_shelf *shelf = calloc(1, sizeof *shelf);
    if (!shelf)
        return -ENOMEM;
    shelf->settings = *settings;
    list_init(&shelf->rows);
    timer_init(&shelf->look_again, look_again, shelf);
    *ret_shelf = shelf;
    return 0;
}

void container_shelf_free(struct container_shelf *shelf)
{
    if (!shelf)
        return;
    while (!list_is_empty(&shelf->rows))
        drop(shelf, list_entry(shelf->rows.next, struct row, link));
    loop_disarm(shelf->settings.loop, &shelf->look_again);
    free(shelf);
}

/* Time. */

/* Milliseconds since the file was written to; very many when its clock is plainly another. */
static int64_t rest_of(const struct container_shelf *shelf, const struct file_facts *facts)
{
    int64_t now = loop_now(shelf->settings.loop).calendar.ms, written;
    if (__builtin_mul_overflow(facts->modified_s, 1000, &written) ||
        __builtin_add_overflow(written, facts->modified_ns / 1000000, &written) ||
        written > now + CONTAINER_SETTLE_MS)
        return INT64_MAX;
    return written > now ? 0 : now - written;
}

/* There is news once a file has rested for `wanted` that rests for `rest` by now. */
static void wait_for_rest(struct container_shelf *shelf, int64_t rest, int64_t wanted)
{
    struct instant due =
        instant_after(loop_now(shelf->settings.loop).steady, duration_ms(wanted - rest + 1));
    if (shelf->look_again.heap_at != TIMER_IDLE)
        due = instant_earlier(due, shelf->look_again.due);
    /* Without memory for a timer the next change of the folder brings it. */
    (void)!loop_arm(shelf->settings.loop, &shelf->look_again, due);
}

/* Reading. */

static void refuse(struct row *row, const char *why)
{
    row->state = CONTAINER_REFUSED;
    span_to_text(span_text(why), row->why, sizeof row->why);
    if (row->fd >= 0)
        close(row->fd);
    row->fd = -1;
}

/* Nobody reads any more: what was awaited is as it was without a reader. */
static void end_reading(struct container_shelf *shelf)
{
    shelf->is_gone = true;
    list_each (link, &shelf->rows) {
        struct row *row = list_entry(link, struct row, link);
        if (row->state != CONTAINER_AWAITED)
            continue;
        refuse(row, "the process that reads containers is gone: restart tugboot");
        row->state = CONTAINER_UNREAD;
    }
}

static void take_answer(struct row *row, int answer_fd)
{
    int fd = row->fd;
    row->fd = -1;
    int r = held_container_new(fd, &row->facts, answer_fd, &row->held);
    if (r == 0)
        row->state = CONTAINER_READY;
    else
        refuse(row, r == -EBADMSG ? "what its reader says of it makes no sense" : strerror(-r));
}

static void read_next(struct container_shelf *shelf);

static void was_read(struct worker_job *job, const struct worker_reply *reply)
{
    struct container_shelf *shelf = job->context;
    struct row *row = shelf->under_way;
    int answer_fd = job->answer_fd;

    shelf->under_way = NULL;
    shelf->is_busy = false;
    if (reply->result == WORKER_GONE)
        end_reading(shelf);
    else if (row && reply->result == WORKER_DONE)
        take_answer(row, answer_fd);
    else if (row && reply->result == WORKER_DIED && ++row->deaths == DEATHS_MAX)
        refuse(row, "the file broke its reader: it is damaged, or not what it seems to be");
    else if (row && (reply->result == WORKER_REFUSED || reply->result == WORKER_FAILED))
        refuse(row, reply->phrase);
    if (answer_fd >= 0 && !(row && reply->result == WORKER_DONE))
        close(answer_fd);
    read_next(shelf);
    if (!row || row->state != CONTAINER_AWAITED)
        shelf->settings.news(shelf->settings.context);
}

static void read_next(struct container_shelf *shelf)
{
    struct row *next = NULL;
    if (shelf->is_busy || shelf->is_gone)
        return;
    list_each (link, &shelf->rows) {
        struct row *row = list_entry(link, struct row, link);
        if (row->state == CONTAINER_AWAITED) {
            next = row;
            break;
        }
    }
    if (!next)
        return;
    int fd = fcntl(next->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return; /* without descriptors the next look tries again */
    shelf->under_way = next;
    shelf->is_busy = true;
    shelf->job =
        (struct worker_job){ .task = WORKER_INDEX, .fd = fd, .done = was_read, .context = shelf };
    image_worker_submit(shelf->settings.worker, &shelf->job);
}

/* Asking. */

static struct row *find_row(struct container_shelf *shelf, const struct file_facts *facts)
{
    list_each (link, &shelf->rows) {
        struct row *row = list_entry(link, struct row, link);
        if (file_facts_same(&row->facts, facts))
            return row;
    }
    return NULL;
}

static struct row *add_row(struct container_shelf *shelf, int fd, const struct file_facts *facts)
{
    int own = shelf->row_count < ROWS_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    struct row *row = own >= 0 ? calloc(1, sizeof *row) : NULL;
    if (!row) {
        if (own >= 0)
            close(own);
        return NULL;
    }
    row->state = CONTAINER_AWAITED;
    row->fd = own;
    row->facts = *facts;
    list_append(&shelf->rows, &row->link);
    shelf->row_count++;
    return row;
}

static enum container_state await(char why[CONTAINER_FINDER_WHY_MAX], const char *phrase)
{
    span_to_text(span_text(phrase), why, CONTAINER_FINDER_WHY_MAX);
    return CONTAINER_AWAITED;
}

static enum container_state find(void *context, int fd, const struct file_facts *facts,
                                 struct held_container **ret_held,
                                 char why[CONTAINER_FINDER_WHY_MAX])
{
    struct container_shelf *shelf = context;
    struct row *row = find_row(shelf, facts);
    int64_t rest = rest_of(shelf, facts);

    if (!row && shelf->is_gone)
        return CONTAINER_UNREAD;
    if (!row && rest < CONTAINER_SETTLE_MS) {
        wait_for_rest(shelf, rest, CONTAINER_SETTLE_MS);
        return await(why, "it is still being written");
    }
    if (!row)
        row = add_row(shelf, fd, facts);
    if (!row)
        return await(why, "there is no memory or descriptor left to read it");
    row->round = shelf->round;
    if (row->state == CONTAINER_READY)
        *ret_held = held_container_ref(row->held);
    if (row->state == CONTAINER_REFUSED && rest < CONTAINER_CUT_SETTLE_MS) {
        wait_for_rest(shelf, rest, CONTAINER_CUT_SETTLE_MS);
        return await(why, row->why);
    }
    span_to_text(span_text(row->state == CONTAINER_AWAITED ? "it is being read" : row->why), why,
                 CONTAINER_FINDER_WHY_MAX);
    return row->state;
}

struct container_finder container_shelf_finder(struct container_shelf *shelf)
{
    return (struct container_finder){ .find = find, .context = shelf };
}

void container_shelf_begin(struct container_shelf *shelf)
{
    shelf->round++;
}

void container_shelf_end(struct container_shelf *shelf)
{
    for (struct list *link = shelf->rows.next; link != &shelf->rows;) {
        struct row *row = list_entry(link, struct row, link);
        link = link->next;
        if (row->round != shelf->round)
            drop(shelf, row);
    }
    read_next(shelf);
}

/* See file_share.h. A row is a file of this turn, one of an earlier turn that is still in use, or
 * one that was in use a moment ago; when no row is free a file is opened as if there were no
 * sharing. */
#include "net/file_share.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS       16
#define SHARED_MAX 65536 /* bytes: larger files are in use for long */
#define KEPT       duration_ms(250)

struct shared_file {
    int fd; /* -1: the row is free */
    uint32_t users;
    bool of_this_turn, any_case;
    bool is_outdated; /* the name stands for another file by now: for those who have it only */
    int root_fd;
    uint64_t generation;
    struct safe_path path;
    struct file_facts facts;
};

struct file_share {
    struct loop *loop;
    struct work end_of_turn;
    bool is_deferred;
    struct timer forget;
    struct shared_file rows[ROWS];
};

static void let_go(struct shared_file *row)
{
    close(row->fd);
    row->fd = -1;
}

static void let_idle_go(struct file_share *share)
{
    for (size_t i = 0; i < ROWS; i++)
        if (share->rows[i].fd >= 0 && share->rows[i].users == 0)
            let_go(&share->rows[i]);
}

static void forget(struct timer *timer, struct now now)
{
    (void)now;
    let_idle_go(timer->context);
}

static void turn_ends(struct work *work)
{
    struct file_share *share = work->context;
    struct instant later = instant_after(loop_now(share->loop).steady, KEPT);

    share->is_deferred = false;
    for (size_t i = 0; i < ROWS; i++)
        share->rows[i].of_this_turn = false;
    if (share->forget.heap_at == TIMER_IDLE && loop_arm(share->loop, &share->forget, later) < 0)
        let_idle_go(share);
}

int file_share_new(struct loop *loop, struct file_share **ret_share)
{
    struct file_share *share = calloc(1, sizeof *share);
    if (!share)
        return -ENOMEM;
    share->loop = loop;
    share->end_of_turn = (struct work){ .run = turn_ends, .context = share };
    timer_init(&share->forget, forget, share);
    for (size_t i = 0; i < ROWS; i++)
        share->rows[i].fd = -1;
    *ret_share = share;
    return 0;
}

void file_share_free(struct file_share *share)
{
    if (!share)
        return;
    loop_disarm(share->loop, &share->forget);
    for (size_t i = 0; i < ROWS; i++)
        if (share->rows[i].fd >= 0)
            let_go(&share->rows[i]);
    free(share);
}

static bool is_same(const struct shared_file *row, uint64_t generation, int root_fd,
                    const struct safe_path *path, bool any_case)
{
    return row->fd >= 0 && !row->is_outdated && row->generation == generation &&
           row->root_fd == root_fd && row->any_case == any_case &&
           span_equals(safe_path_span(&row->path), safe_path_span(path));
}

/* Is what was opened in an earlier turn still what the name stands for? */
static bool is_current(struct shared_file *row)
{
    if (row->of_this_turn || file_is_still(row->root_fd, &row->path, &row->facts))
        return true;
    row->is_outdated = true;
    if (row->users == 0)
        let_go(row);
    return false;
}

static void use_in_this_turn(struct file_share *share, struct shared_file *row)
{
    row->of_this_turn = true;
    if (!share->is_deferred)
        loop_defer(share->loop, &share->end_of_turn);
    share->is_deferred = true;
}

static struct shared_file *free_row(struct file_share *share)
{
    struct shared_file *idle = NULL;

    for (size_t i = 0; i < ROWS; i++) {
        struct shared_file *row = &share->rows[i];
        if (row->fd < 0)
            return row;
        if (row->users == 0 && !row->of_this_turn)
            idle = row;
    }
    if (idle)
        let_go(idle);
    return idle;
}

enum file_verdict file_share_open(struct file_share *share, uint64_t generation, int root_fd,
                                  const struct safe_path *path, bool any_case, int *ret_fd,
                                  struct file_facts *ret_facts)
{
    for (size_t i = 0; share && i < ROWS; i++) {
        struct shared_file *row = &share->rows[i];
        if (!is_same(row, generation, root_fd, path, any_case) || !is_current(row))
            continue;
        use_in_this_turn(share, row);
        row->users++;
        *ret_fd = row->fd;
        *ret_facts = row->facts;
        return FILE_OPENED;
    }
    enum file_verdict verdict = file_open_beneath(root_fd, path, any_case, ret_fd, ret_facts);
    struct shared_file *row =
        share && verdict == FILE_OPENED && ret_facts->size <= SHARED_MAX ? free_row(share) : NULL;
    if (!row)
        return verdict;
    *row = (struct shared_file){ .fd = *ret_fd,
                                 .users = 1,
                                 .any_case = any_case,
                                 .root_fd = root_fd,
                                 .generation = generation,
                                 .path = *path,
                                 .facts = *ret_facts };
    use_in_this_turn(share, row);
    return FILE_OPENED;
}

void file_share_close(struct file_share *share, int fd)
{
    for (size_t i = 0; share && i < ROWS; i++) {
        struct shared_file *row = &share->rows[i];
        if (row->fd != fd)
            continue;
        row->users--;
        if (row->users == 0 && row->is_outdated)
            let_go(row);
        return;
    }
    close(fd);
}

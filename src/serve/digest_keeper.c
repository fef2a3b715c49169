/* See digest_keeper.h. The thread goes over all images each time there is news, and once a minute:
 * sizes and times first, which costs little; only what these tell to be new or written to is read.
 * What was found to be changed is not read again until it is written to once more. */
#include "serve/digest_keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "net/background.h"
#include "net/clock.h"

#define IMAGES_MAX     512
#define ENTRY_MAX      256
#define FOLDER_MAX     256
#define TELL_WAY_AGAIN duration_seconds(2)
#define TOLD_ROWS_MAX  4 /* events about one image at a time */

struct kept {
    char entry[ENTRY_MAX];
    bool is_there; /* in the catalog that was looked at last */
    struct digest_keeper_facts facts;
    uint64_t read_mark; /* of its files when they were read last; 0 = they were not */
    int64_t told_s;     /* the record whose findings were told */
};

struct digest_keeper {
    struct event_sink events;
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t news;
    bool has_news, ending;
    char images[FOLDER_MAX];
    struct kept *kept;    /* IMAGES_MAX; rows never move */
    struct kept *in_hand; /* the thread is busy with it */
    size_t count;
};

/* One image on the thread. */
struct reading {
    struct digest_keeper *keeper;
    struct kept *row;
    char entry[ENTRY_MAX], images[FOLDER_MAX];
    uint64_t read_mark; /* the row's, when its turn came */
    unsigned told;
    struct instant told_way;
};

/* The folder or file of the images folder in which an image lies. */
static const char *entry_of(const struct image *image)
{
    if (image->folder[0])
        return image->folder;
    return image->container ? image->container->file : image->kernel;
}

static const char *advice_for(enum image_digest_verdict verdict)
{
    if (verdict == IMAGE_DIGEST_DAMAGED)
        return "its bytes are others, and nobody wrote to it: copy or fetch the image again, and "
               "look at the disk";
    if (verdict == IMAGE_DIGEST_UNREADABLE)
        return "look at the disk, and at its permissions";
    return "'tugboot image verify --accept' takes it as it is";
}

static void tell(const struct reading *r, const char *path, enum image_digest_verdict verdict)
{
    struct event event = event_make(EVENT_IMAGE_NOT_AS_RECORDED, clock_read(), 0);
    event_add_text(&event, "name", r->entry);
    event_add_text(&event, "file", path);
    event_add_text(&event, "verdict", image_digest_name(verdict));
    event_add_text(&event, "advice", advice_for(verdict));
    event_emit(&r->keeper->events, &event);
}

static void take_row(void *context, const char *path, enum image_digest_verdict verdict)
{
    struct reading *r = context;
    if (verdict != IMAGE_DIGEST_NEW && r->told++ < TOLD_ROWS_MAX)
        tell(r, path, verdict);
}

static void tell_way(struct reading *r, uint64_t done, uint64_t total)
{
    struct now now = clock_read();
    if (instant_since(now.steady, r->told_way).ns < TELL_WAY_AGAIN.ns)
        return;
    r->told_way = now.steady;
    struct event event = event_make(EVENT_IMAGE_READ, now, 0);
    event_add_text(&event, "name", r->entry);
    event_add_bytes(&event, "bytes", done);
    event_add_bytes(&event, "total", total);
    event_emit(&r->keeper->events, &event);
}

static int take_progress(void *context, uint64_t done, uint64_t total)
{
    struct reading *r = context;
    pthread_mutex_lock(&r->keeper->lock);
    r->row->facts.done = done;
    r->row->facts.total = total;
    bool stops = r->keeper->ending || !r->row->is_there;
    pthread_mutex_unlock(&r->keeper->lock);
    tell_way(r, done, total);
    return stops ? 1 : 0;
}

static void set(struct reading *r, enum digest_keeping keeping, const char *why)
{
    pthread_mutex_lock(&r->keeper->lock);
    r->row->facts.keeping = keeping;
    span_to_text(span_text(why), r->row->facts.why, sizeof r->row->facts.why);
    pthread_mutex_unlock(&r->keeper->lock);
}

/* What the record says, whoever wrote it; what is not well is told once for each record. */
static void take_record(struct reading *r, bool was_told)
{
    struct digest_state state;
    if (digest_state_load(r->images, r->entry, &state) < 0)
        return;
    pthread_mutex_lock(&r->keeper->lock);
    bool is_news = r->row->told_s != state.checked_s;
    r->row->told_s = state.checked_s;
    r->row->facts.last = state;
    r->row->facts.keeping = DIGEST_KEPT;
    pthread_mutex_unlock(&r->keeper->lock);
    if (is_news && !was_told && state.bad > 0)
        tell(r, state.path, state.verdict);
}

static void tell_recorded(const struct reading *r, const struct image_digest_sums *sums)
{
    struct event event = event_make(EVENT_IMAGE_RECORDED, clock_read(), 0);
    event_add_text(&event, "name", r->entry);
    event_add_number(&event, "files", sums->fresh);
    event_emit(&r->keeper->events, &event);
}

static void read_all(struct reading *r, uint64_t mark)
{
    struct image_digest_sums sums = { 0 };
    char why[IMAGE_DIGEST_WHY_MAX] = "";
    const struct image_digest_check check = { .images = r->images,
                                              .entry = r->entry,
                                              .now_s = clock_read().calendar.ms / 1000,
                                              .row = take_row,
                                              .progress = take_progress,
                                              .context = r };

    set(r, DIGEST_READING, "");
    int result = image_digest_run(&check, &sums, why);
    if (result > 0) {
        set(r, DIGEST_WAITING, "");
        return;
    }
    pthread_mutex_lock(&r->keeper->lock);
    r->row->read_mark = mark;
    pthread_mutex_unlock(&r->keeper->lock);
    if (result < 0) {
        set(r, DIGEST_FAILED, why);
        return;
    }
    if (sums.fresh > 0)
        tell_recorded(r, &sums);
    take_record(r, true);
}

/* One image: true when it has to wait until it is quiet. */
static bool look_at(struct reading *r)
{
    struct image_digest_sums sums = { 0 };
    char why[IMAGE_DIGEST_WHY_MAX] = "";
    const struct image_digest_check check = { .images = r->images,
                                              .entry = r->entry,
                                              .only_looks = true };

    if (image_digest_run(&check, &sums, why) != 0) {
        set(r, DIGEST_FAILED, why);
        return false;
    }
    bool is_known = r->read_mark != 0 ? r->read_mark == sums.mark : sums.bad + sums.fresh == 0;
    struct digest_state state;
    if (is_known && digest_state_load(r->images, r->entry, &state) == 0) {
        take_record(r, false);
        return false;
    }
    if (is_known && r->read_mark != 0)
        return false; /* it failed as it is now */
    int64_t age_s = clock_read().calendar.ms / 1000 - sums.newest_s;
    if (age_s >= 0 && age_s < DIGEST_KEEPER_QUIET_S)
        return true;
    read_all(r, sums.mark);
    return false;
}

/* The next row to look at from `i` on; false behind the last. */
static bool take_turn(struct digest_keeper *keeper, size_t *i, struct reading *r)
{
    bool found = false;
    pthread_mutex_lock(&keeper->lock);
    keeper->in_hand = NULL;
    for (; *i < keeper->count && !keeper->ending && !found; (*i)++) {
        struct kept *row = &keeper->kept[*i];
        found = row->is_there;
        if (!found)
            continue;
        keeper->in_hand = row;
        *r = (struct reading){ .keeper = keeper, .row = row, .read_mark = row->read_mark };
        memcpy(r->entry, row->entry, sizeof r->entry);
        memcpy(r->images, keeper->images, sizeof r->images);
    }
    pthread_mutex_unlock(&keeper->lock);
    return found;
}

/* Until there is news, or so many seconds are over; false at the end. */
static bool wait_for_news(struct digest_keeper *keeper, int seconds)
{
    struct timespec until;
    int r = 0;
    int64_t ns = clock_read().steady.ns;

    until.tv_sec = (time_t)(ns / 1000000000 + seconds);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->ending && !keeper->has_news && r == 0)
        r = pthread_cond_timedwait(&keeper->news, &keeper->lock, &until);
    keeper->has_news = false;
    bool goes_on = !keeper->ending;
    pthread_mutex_unlock(&keeper->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct digest_keeper *keeper = context;
    int pause = DIGEST_KEEPER_LOOK_S;

    background_enter();
    while (wait_for_news(keeper, pause)) {
        struct reading r;
        pause = DIGEST_KEEPER_LOOK_S;
        for (size_t i = 0; take_turn(keeper, &i, &r);)
            if (look_at(&r))
                pause = DIGEST_KEEPER_QUIET_S;
    }
    return NULL;
}

int digest_keeper_new(struct event_sink events, struct digest_keeper **ret_keeper)
{
    struct digest_keeper *keeper = calloc(1, sizeof *keeper);
    pthread_condattr_t steady;

    if (!keeper)
        return -ENOMEM;
    keeper->events = events;
    keeper->kept = calloc(IMAGES_MAX, sizeof *keeper->kept);
    if (!keeper->kept) {
        free(keeper);
        return -ENOMEM;
    }
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->news, &steady);
    pthread_condattr_destroy(&steady);
    int r = pthread_create(&keeper->thread, NULL, run, keeper);
    if (r != 0) {
        free(keeper->kept);
        free(keeper);
        return -r;
    }
    *ret_keeper = keeper;
    return 0;
}

void digest_keeper_free(struct digest_keeper *keeper)
{
    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->ending = true;
    pthread_cond_signal(&keeper->news);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    pthread_cond_destroy(&keeper->news);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper->kept);
    free(keeper);
}

static struct kept *find(struct digest_keeper *keeper, const char *entry)
{
    for (size_t i = 0; i < keeper->count; i++)
        if (strcmp(keeper->kept[i].entry, entry) == 0)
            return &keeper->kept[i];
    return NULL;
}

/* A row for it; NULL when there are more images than a menu holds. */
static struct kept *find_or_add(struct digest_keeper *keeper, const char *entry)
{
    struct kept *row = find(keeper, entry);
    if (row || strlen(entry) >= ENTRY_MAX)
        return row;
    for (size_t i = 0; i < keeper->count && !row; i++)
        if (!keeper->kept[i].is_there && &keeper->kept[i] != keeper->in_hand)
            row = &keeper->kept[i];
    if (!row && keeper->count < IMAGES_MAX)
        row = &keeper->kept[keeper->count++];
    if (row) {
        *row = (struct kept){ 0 };
        span_to_text(span_text(entry), row->entry, sizeof row->entry);
    }
    return row;
}

void digest_keeper_look(struct digest_keeper *keeper, const char *images,
                        const struct catalog *catalog)
{
    pthread_mutex_lock(&keeper->lock);
    bool is_moved = strcmp(keeper->images, images) != 0;
    span_to_text(span_text(images), keeper->images, sizeof keeper->images);
    for (size_t i = 0; i < keeper->count; i++) {
        keeper->kept[i].is_there = false;
        if (is_moved)
            keeper->kept[i].read_mark = 0;
    }
    for (size_t i = 0; i < catalog->image_count; i++) {
        struct kept *row = find_or_add(keeper, entry_of(&catalog->images[i]));
        if (row)
            row->is_there = true;
    }
    /* What comes back is looked at as if it were new. */
    for (size_t i = 0; i < keeper->count; i++)
        if (!keeper->kept[i].is_there)
            keeper->kept[i].read_mark = 0;
    keeper->has_news = true;
    pthread_cond_signal(&keeper->news);
    pthread_mutex_unlock(&keeper->lock);
}

bool digest_keeper_find(struct digest_keeper *keeper, const struct image *image,
                        struct digest_keeper_facts *ret_facts)
{
    pthread_mutex_lock(&keeper->lock);
    const struct kept *row = find(keeper, entry_of(image));
    bool found = row && row->is_there;
    if (found)
        *ret_facts = row->facts;
    pthread_mutex_unlock(&keeper->lock);
    return found;
}

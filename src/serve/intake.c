/* See intake.h. A file's facts belong to the loop's thread and its intake_disk to the other one;
 * pieces of work carry what goes between them and come back when they are done. A file is freed
 * when none of its pieces is on its way. */
#include "serve/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"

#include "net/file.h"
#include "serve/image_store.h"
#include "serve/intake_disk.h"
#include "serve/intake_wish.h"
#include "serve/work_thread.h"

#define HEADROOM_BYTES ((uint64_t)64 << 20) /* left free beside what comes */

struct file {
    struct list link;
    struct intake *intake;
    struct intake_facts facts;
    struct intake_disk disk;
    struct intake_wish landing; /* the thread's copy */
    uint64_t offset;            /* behind what was handed to the thread */
    uint32_t errands;           /* on their way */
    bool is_forgotten;          /* freed with the last errand */
    bool is_fetched;            /* by the courier, at this moment */
};

/* Something to be done by the thread, and what comes of it. */
struct errand {
    struct work work;
    struct file *file;
    void (*run)(struct errand *errand);      /* in the thread */
    void (*returned)(struct errand *errand); /* in the loop */
    uint64_t offset;
    size_t len;
    uint8_t bytes[];
};

struct intake {
    struct intake_settings settings;
    struct work_thread *thread;
    char folder[512], user[64];
    int images;
    struct list files;
    size_t count;
    uint32_t last_number;
};

static bool has_ended(const struct file *file)
{
    return file->facts.state == INTAKE_DONE || file->facts.state == INTAKE_FAILED;
}

static void free_file(struct file *file, bool is_kept)
{
    intake_disk_close(&file->disk, is_kept);
    list_remove(&file->link);
    file->intake->count--;
    free(file);
}

/* Telling. */

static void tell_end(const struct file *file)
{
    const struct intake *intake = file->intake;
    const struct intake_facts *f = &file->facts;
    bool is_done = f->state == INTAKE_DONE;
    struct event event = event_make(is_done ? EVENT_IMAGE_ARRIVED : EVENT_IMAGE_NOT_TAKEN,
                                    loop_now(intake->settings.loop), 0);

    event_add_text(&event, "name", f->wish.name);
    if (is_done)
        event_add_text(&event, "sha256", f->wish.sha256);
    else
        event_add_text(&event, "reason", f->sentence);
    event_emit(&intake->settings.events, &event);
}

static void end(struct file *file, enum intake_state state, const char *sentence)
{
    if (has_ended(file))
        return;
    file->facts.state = state;
    span_to_text(span_text(sentence), file->facts.sentence, sizeof file->facts.sentence);
    /* What was wrong with the file itself is not worth going on with. */
    bool is_kept = file->facts.wish.url[0] == 0 && file->disk.error != -EBADMSG;
    if (file->errands == 0)
        intake_disk_close(&file->disk, is_kept);
    tell_end(file);
}

/* Errands. */

static void come_back(struct work *work)
{
    struct errand *errand = work->context;
    struct file *file = errand->file;

    file->errands--;
    if (file->is_forgotten) {
        if (file->errands == 0)
            free_file(file, false);
    } else {
        errand->returned(errand);
    }
    free(errand);
}

static void go(struct work *work)
{
    struct errand *errand = work->context;
    errand->run(errand);
    errand->work = (struct work){ .run = come_back, .context = errand };
    loop_post(errand->file->intake->settings.loop, &errand->work);
}

static struct errand *new_errand(struct file *file, size_t len)
{
    struct errand *errand = malloc(sizeof *errand + len);
    if (errand)
        *errand = (struct errand){ .file = file, .len = len };
    return errand;
}

static void send(struct errand *errand, void (*run)(struct errand *),
                 void (*returned)(struct errand *))
{
    errand->run = run;
    errand->returned = returned;
    errand->work = (struct work){ .run = go, .context = errand };
    errand->file->errands++;
    work_thread_post(errand->file->intake->thread, &errand->work);
}

static void land(struct errand *errand)
{
    struct file *file = errand->file;
    intake_disk_hash(&file->disk, errand->offset);
    intake_disk_land(&file->disk, &file->landing);
}

static void landed(struct errand *errand)
{
    struct file *file = errand->file;
    if (atomic_load(&file->disk.is_cancelled))
        return; /* the daemon ends */
    memcpy(file->facts.wish.sha256, file->landing.sha256, sizeof file->landing.sha256);
    if (file->disk.error < 0)
        end(file, INTAKE_FAILED, file->disk.why);
    else
        end(file, INTAKE_DONE, "");
    if (file->facts.state == INTAKE_DONE)
        intake_disk_close(&file->disk, true); /* it has another name by now */
}

/* All bytes are there, or with the thread. */
static void finish(struct file *file)
{
    struct errand *errand = new_errand(file, 0);

    if (!errand) {
        end(file, INTAKE_FAILED, "there is no memory to go on with it");
        return;
    }
    file->facts.state = INTAKE_FINISHING;
    file->landing = file->facts.wish;
    errand->offset = file->facts.bytes;
    send(errand, land, landed);
}

static void hash(struct errand *errand)
{
    intake_disk_hash(&errand->file->disk, errand->offset);
}

static void hashed(struct errand *errand)
{
    struct file *file = errand->file;
    if (file->disk.error < 0) {
        end(file, INTAKE_FAILED, file->disk.why);
        return;
    }
    file->facts.done = file->offset = errand->offset;
    file->facts.state = INTAKE_RECEIVING;
    if (!atomic_load(&file->disk.is_cancelled) && file->facts.done == file->facts.bytes)
        finish(file);
}

static void write_piece(struct errand *errand)
{
    intake_disk_write(&errand->file->disk, errand->offset, span_of(errand->bytes, errand->len));
}

static void written(struct errand *errand)
{
    struct file *file = errand->file;
    if (file->disk.error < 0) {
        end(file, INTAKE_FAILED, file->disk.why);
        if (file->errands == 0)
            intake_disk_close(&file->disk, true);
        return;
    }
    file->facts.done = errand->offset + errand->len;
    if (!atomic_load(&file->disk.is_cancelled) && file->facts.done == file->facts.bytes)
        finish(file);
}

/* The courier. */

static struct file *find(const struct intake *intake, uint32_t number)
{
    list_each (link, &intake->files) {
        struct file *file = list_entry(link, struct file, link);
        if (file->facts.number == number && !file->is_forgotten)
            return file;
    }
    return NULL;
}

static void courier_told(void *context, const struct courier_news *news)
{
    struct intake *intake = context;

    list_each (link, &intake->files) {
        struct file *file = list_entry(link, struct file, link);
        if (!file->is_fetched || (news->number != 0 && news->number != file->facts.number))
            continue;
        file->facts.done = news->have;
        file->facts.bytes = news->whole;
        if (!news->has_ended)
            return;
        file->is_fetched = false;
        if (file->is_forgotten) {
            free_file(file, false);
        } else if (news->is_whole) {
            file->facts.bytes = news->have;
            finish(file);
        } else {
            end(file, INTAKE_FAILED,
                news->number ? news->sentence
                             : "the process that fetches files is gone: restart tugboot");
        }
        if (news->number != 0)
            return;
        link = &intake->files; /* the list has changed: from its start */
    }
}

/* Beginning. */

static int has_room(const struct intake *intake, uint64_t bytes, char sentence[INTAKE_SENTENCE_MAX])
{
    struct text t = text_over(sentence, INTAKE_SENTENCE_MAX);
    uint64_t space, wanted = bytes;
    int r = file_free_space(intake->images, &space);

    if (r < 0)
        return intake_wish_say(sentence, r,
                               "the free space of the images folder cannot be found out: %",
                               strerror(-r));
    list_each (link, &intake->files) {
        const struct intake_facts *f = &list_entry(link, struct file, link)->facts;
        if (f->state < INTAKE_FINISHING && f->bytes > f->done)
            wanted += f->bytes - f->done;
    }
    if (space >= HEADROOM_BYTES && wanted <= space - HEADROOM_BYTES)
        return 0;
    text_add(&t, "too little room in the images folder: ");
    text_add_bytes(&t, wanted);
    text_add(&t, " are to come, and ");
    text_add_bytes(&t, space);
    text_add(&t, " are free, of which 64 MiB are to stay so");
    return -ENOSPC;
}

static int is_free(const struct intake *intake, const struct intake_wish *w,
                   char sentence[INTAKE_SENTENCE_MAX])
{
    struct stat facts;

    if (fstatat(intake->images, w->name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
        return intake_wish_say(
            sentence, -EEXIST,
            "there is an image named % already: remove it first, or choose another name", w->name);
    list_each (link, &intake->files) {
        const struct file *file = list_entry(link, struct file, link);
        if (!has_ended(file) && (strcmp(file->facts.wish.name, w->name) == 0 ||
                                 strcmp(file->facts.wish.file, w->file) == 0))
            return intake_wish_say(sentence, -EEXIST, "% is on its way in already", w->file);
    }
    return 0;
}

/* Room for one more: of those that have ended the oldest goes. */
static bool make_room(struct intake *intake)
{
    if (intake->count < INTAKES_MAX)
        return true;
    list_each (link, &intake->files) {
        struct file *file = list_entry(link, struct file, link);
        if (has_ended(file) && file->errands == 0) {
            free_file(file, true);
            return true;
        }
    }
    return false;
}

static int explain_open(const struct intake *intake, int r, char sentence[INTAKE_SENTENCE_MAX])
{
    if (r != -EACCES && r != -EROFS && r != -EPERM)
        return r;
    struct text t = text_over(sentence, INTAKE_SENTENCE_MAX);
    text_addf(&t,
              "the images folder %s cannot be written by tugboot, which runs as the user '%s': "
              "chown %s %s",
              intake->settings.images, intake->settings.user, intake->settings.user,
              intake->settings.images);
    text_add(&t, r == -EROFS ? ", and ReadWritePaths= in its systemd unit" : "");
    return -EACCES;
}

static int begin_upload(struct file *file, uint64_t have)
{
    struct errand *errand = new_errand(file, 0);
    if (!errand)
        return -ENOMEM;
    file->facts.state = INTAKE_CHECKING;
    errand->offset = have;
    send(errand, hash, hashed);
    return 0;
}

static int begin_fetch(struct file *file, char sentence[INTAKE_SENTENCE_MAX])
{
    const struct intake *intake = file->intake;
    uint64_t space = 0;
    int r = file_free_space(intake->images, &space);

    if (r == 0 && space <= HEADROOM_BYTES)
        return intake_wish_say(sentence, -ENOSPC, "the images folder is full", "");
    file->facts.state = INTAKE_FETCHING;
    r = r < 0 ? r
        : !intake->settings.courier
            ? -EPIPE
            : courier_fetch(intake->settings.courier, file->facts.number, file->facts.wish.url,
                            space - HEADROOM_BYTES, file->disk.fd);
    file->is_fetched = r == 0;
    intake_wish_forget_secrets(&file->facts.wish);
    return r < 0 ? intake_wish_say(sentence, r, "the process that fetches files cannot be asked: %",
                                   strerror(-r))
                 : 0;
}

int intake_begin(struct intake *intake, const struct intake_wish *wish, uint32_t *ret_number,
                 char sentence[INTAKE_SENTENCE_MAX])
{
    struct intake_wish w = *wish;
    uint64_t have = 0;
    int r = intake_wish_complete(&w, sentence);

    if (r == 0 && intake->images < 0) {
        intake->images = file_open_root(intake->folder);
        if (intake->images < 0)
            r = intake_wish_say(sentence, intake->images, "the images folder cannot be opened: %",
                                strerror(-intake->images));
        r = explain_open(intake, r, sentence);
    }
    if (r == 0)
        r = is_free(intake, &w, sentence);
    if (r == 0 && !make_room(intake))
        r = intake_wish_say(sentence, -EBUSY,
                            "enough files are on their way in: wait for one of them", "");
    if (r < 0)
        return r;
    struct file *file = calloc(1, sizeof *file);
    if (!file)
        return intake_wish_say(sentence, -ENOMEM, "there is no memory for it", "");
    file->intake = intake;
    file->facts = (struct intake_facts){ .number = ++intake->last_number,
                                         .wish = w,
                                         .bytes = w.url[0] ? 0 : w.bytes };
    file->disk = (struct intake_disk){ .images = intake->images, .fd = -1 };
    list_append(&intake->files, &file->link);
    intake->count++;
    r = explain_open(intake, intake_disk_open(&file->disk, &w, &have, sentence), sentence);
    if (r == 0 && !w.url[0]) {
        file->facts.done = have;
        r = has_room(intake, 0, sentence);
    }
    if (r == 0)
        r = w.url[0] ? begin_fetch(file, sentence) : begin_upload(file, have);
    if (r < 0) {
        free_file(file, have > 0);
        return r;
    }
    *ret_number = file->facts.number;
    return 0;
}

int intake_piece(struct intake *intake, uint32_t number, uint64_t offset, struct span bytes,
                 char sentence[INTAKE_SENTENCE_MAX])
{
    struct file *file = find(intake, number);

    if (!file || file->facts.wish.url[0])
        return intake_wish_say(sentence, -ENOENT, "there is no such upload", "");
    if (has_ended(file))
        return intake_wish_say(sentence, -ESTALE, "this upload has ended: %",
                               file->facts.sentence[0] ? file->facts.sentence : "it is whole");
    if (file->facts.state == INTAKE_CHECKING)
        return intake_wish_say(sentence, -EAGAIN,
                               "what an earlier attempt left is still being read", "");
    if (offset != file->offset)
        return intake_wish_say(sentence, -ESTALE, "bytes from another offset are awaited", "");
    if (bytes.len > INTAKE_PIECE_MAX || bytes.len > file->facts.bytes - offset)
        return intake_wish_say(sentence, -EFBIG,
                               "these are more bytes than the file was said to have", "");
    if (file->offset - file->facts.done + bytes.len > INTAKE_WAITING_MAX)
        return intake_wish_say(sentence, -EAGAIN,
                               "the disk does not keep up: send it again in a moment", "");
    if (bytes.len == 0)
        return 0;
    struct errand *errand = new_errand(file, bytes.len);
    if (!errand)
        return intake_wish_say(sentence, -ENOMEM, "there is no memory for it", "");
    memcpy(errand->bytes, bytes.data, bytes.len);
    errand->offset = offset;
    file->offset += bytes.len;
    send(errand, write_piece, written);
    return 0;
}

int intake_cancel(struct intake *intake, uint32_t number)
{
    struct file *file = find(intake, number);

    if (!file)
        return -ENOENT;
    if (file->facts.state == INTAKE_FINISHING && file->facts.wish.url[0] == 0 &&
        file->disk.hashed == file->facts.bytes)
        return -EBUSY;
    bool is_over = has_ended(file);
    atomic_store(&file->disk.is_cancelled, true);
    if (file->is_fetched)
        courier_cancel(intake->settings.courier, number);
    if (file->errands == 0 && !file->is_fetched)
        free_file(file, is_over);
    else
        file->is_forgotten = true;
    return 0;
}

/* Removing. */

struct removal {
    struct work work;
    int images;
    char hidden[IMAGE_STORE_HIDDEN_MAX];
};

static void remove_bytes(struct work *work)
{
    struct removal *removal = work->context;
    (void)!file_remove_tree(removal->images, removal->hidden);
    free(removal);
}

int intake_remove(struct intake *intake, const char *name, char sentence[INTAKE_SENTENCE_MAX])
{
    struct removal *removal = calloc(1, sizeof *removal);
    char why[IMAGE_STORE_WHY_MAX] = "";

    if (!removal)
        return intake_wish_say(sentence, -ENOMEM, "there is no memory for it", "");
    int r = image_store_hide(intake->settings.images, name, removal->hidden, why);
    if (r < 0) {
        free(removal);
        intake_wish_say(sentence, r, "%", why);
        return explain_open(intake, r, sentence);
    }
    struct event event = event_make(EVENT_IMAGE_REMOVED, loop_now(intake->settings.loop), 0);
    event_add_text(&event, "name", name);
    event_emit(&intake->settings.events, &event);
    removal->images = intake->images;
    removal->work = (struct work){ .run = remove_bytes, .context = removal };
    work_thread_post(intake->thread, &removal->work);
    return 0;
}

/* Looking. */

const struct intake_facts *intake_at(const struct intake *intake, size_t index)
{
    list_each (link, &intake->files) {
        const struct file *file = list_entry(link, struct file, link);
        if (!file->is_forgotten && index-- == 0)
            return &file->facts;
    }
    return NULL;
}

const struct intake_facts *intake_find(const struct intake *intake, uint32_t number)
{
    const struct file *file = find(intake, number);
    return file ? &file->facts : NULL;
}

uint64_t intake_offset(const struct intake *intake, uint32_t number)
{
    const struct file *file = find(intake, number);
    return file ? file->offset : 0;
}

/* Birth and end. */

static void sweep(struct work *work)
{
    struct removal *removal = work->context;
    intake_disk_sweep(removal->images);
    free(removal);
}

int intake_new(const struct intake_settings *settings, struct intake **ret_intake)
{
    struct intake *intake = calloc(1, sizeof *intake);
    struct removal *first = calloc(1, sizeof *first);
    int r = intake && first ? 0 : -ENOMEM;

    if (r == 0) {
        intake->settings = *settings;
        span_to_text(span_text(settings->images), intake->folder, sizeof intake->folder);
        span_to_text(span_text(settings->user), intake->user, sizeof intake->user);
        intake->settings.images = intake->folder;
        intake->settings.user = intake->user;
        list_init(&intake->files);
        /* One that cannot be opened is told to who wants to put something there. */
        intake->images = file_open_root(settings->images);
        r = work_thread_new(&intake->thread);
    }
    if (r == 0 && settings->courier)
        r = courier_attach(settings->courier, settings->loop, courier_told, intake);
    if (r < 0) {
        free(first);
        intake_free(intake);
        return r;
    }
    first->images = intake->images;
    first->work = (struct work){ .run = sweep, .context = first };
    if (intake->images >= 0)
        work_thread_post(intake->thread, &first->work);
    else
        free(first);
    *ret_intake = intake;
    return 0;
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    if (intake->files.next) {
        list_each (link, &intake->files)
            atomic_store(&list_entry(link, struct file, link)->disk.is_cancelled, true);
    }
    work_thread_free(intake->thread);
    /* Errands that came back and were not heard. */
    loop_run_posted(intake->settings.loop);
    while (intake->files.next && !list_is_empty(&intake->files)) {
        struct file *file = list_entry(intake->files.next, struct file, link);
        free_file(file, file->facts.wish.url[0] == 0);
    }
    if (intake->images >= 0)
        close(intake->images);
    free(intake);
}

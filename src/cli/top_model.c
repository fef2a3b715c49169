/* See top_model.h. How far a machine is, boot/progress says, as it does in the daemon. */
#include "cli/top_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/mac.h"

/* A transfer is told of once a second. */
#define TRANSFER_MS 3500
#define NS_OF_MS    INT64_C(1000000)

struct top_model {
    struct top_machine *rows;
    size_t count;
    uint16_t order[TOP_MACHINES_MAX];
    size_t chosen;
    uint64_t last_sequence;
};

const char *top_sort_name(enum top_sort sort)
{
    static const char *const names[TOP_SORT_COUNT] = { "time", "name", "state", "rate" };
    return names[sort];
}

struct top_model *top_model_new(void)
{
    struct top_model *model = calloc(1, sizeof *model);
    if (!model)
        return NULL;
    model->rows = calloc(TOP_MACHINES_MAX, sizeof *model->rows);
    if (!model->rows) {
        free(model);
        return NULL;
    }
    return model;
}

void top_model_free(struct top_model *model)
{
    if (model)
        free(model->rows);
    free(model);
}

static struct top_machine *find(struct top_model *model, uint64_t mac)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->rows[i].mac == mac)
            return &model->rows[i];
    return NULL;
}

static struct top_machine *add(struct top_model *model, uint64_t mac)
{
    struct top_machine *row = &model->rows[0];

    if (model->count < TOP_MACHINES_MAX) {
        row = &model->rows[model->count++];
    } else {
        for (size_t i = 1; i < model->count; i++)
            if (model->rows[i].seen_ms < row->seen_ms)
                row = &model->rows[i];
    }
    *row = (struct top_machine){ .mac = mac };
    progress_init(&row->progress, mac);
    return row;
}

static uint64_t number(const struct event *e, const char *key)
{
    const struct event_field *f = event_find(e, key);
    return f && f->kind != FIELD_TEXT ? f->number : 0;
}

static uint64_t rate_of(uint64_t bytes, int64_t ms)
{
    return ms > 0 ? (uint64_t)((double)bytes * 1000.0 / (double)ms) : 0;
}

static void note_transfer(struct top_machine *m, const struct event *e)
{
    uint64_t bytes = number(e, "bytes"), total = number(e, "total");
    int64_t since = e->at.ms - m->told_ms;

    if (e->id == EVENT_FILE_PROGRESS || e->id == EVENT_DISK_PROGRESS) {
        bool goes_on = m->total == total && bytes >= m->bytes && since <= 2 * TRANSFER_MS;
        m->rate = goes_on ? rate_of(bytes - m->bytes, since) : 0;
        m->bytes = bytes;
        m->total = total;
        m->told_ms = e->at.ms;
    } else if (event_find(e, "bytes") && event_find(e, "ms")) {
        m->rate = rate_of(bytes, (int64_t)(number(e, "ms") & INT64_MAX));
        m->bytes = m->total = 0;
        m->told_ms = e->at.ms;
    }
}

void top_model_note(struct top_model *model, const struct event *e, const char *message)
{
    if (e->sequence > model->last_sequence)
        model->last_sequence = e->sequence;
    if (e->machine == 0)
        return;
    struct top_machine *m = find(model, e->machine);
    if (!m)
        m = add(model, e->machine);
    progress_note(&m->progress, e, (struct instant){ .ns = e->at.ms * NS_OF_MS });
    m->seen_ms = e->at.ms;
    m->is_stalled = e->id == EVENT_BOOT_STALLED || e->id == EVENT_INSTALL_FAILED ||
                    (m->is_stalled && event_level(e->id) == LEVEL_DEBUG);
    note_transfer(m, e);
    if (e->id != EVENT_FILE_PROGRESS && e->id != EVENT_DISK_PROGRESS)
        snprintf(m->said, sizeof m->said, "%s", message);
}

void top_model_name(struct top_model *model, uint64_t mac, const char *name)
{
    struct top_machine *m = find(model, mac);
    if (!m)
        return;
    struct text out = text_over(m->name, sizeof m->name);
    text_add_escaped(&out, span_text(name));
}

bool top_machine_transfers(const struct top_machine *m, int64_t now_ms)
{
    return m->total > 0 && now_ms - m->told_ms <= TRANSFER_MS;
}

const char *top_machine_state(const struct top_machine *m)
{
    static const char *const words[STEP_COUNT] = {
        [STEP_IDLE] = "seen",           [STEP_ASKED] = "asks",      [STEP_OFFERED] = "offered",
        [STEP_ADDRESSED] = "addressed", [STEP_FETCHING] = "loader", [STEP_LOADED] = "loaded",
        [STEP_IPXE] = "iPXE",           [STEP_SCRIPT] = "script",   [STEP_KERNEL] = "kernel",
        [STEP_WAITING] = "menu",        [STEP_DONE] = "done",
    };
    return m->is_stalled ? "STALLED" : words[m->progress.step];
}

static bool is_booting(const struct top_machine *m)
{
    return !m->is_stalled && m->progress.step != STEP_IDLE && m->progress.step != STEP_DONE &&
           m->progress.step != STEP_WAITING;
}

struct top_sums top_model_sums(const struct top_model *model, int64_t now_ms)
{
    struct top_sums sums = { .machines = model->count, .last_sequence = model->last_sequence };

    for (size_t i = 0; i < model->count; i++) {
        const struct top_machine *m = &model->rows[i];
        sums.stalled += m->is_stalled;
        sums.booting += is_booting(m);
        sums.waiting += !m->is_stalled && m->progress.step == STEP_WAITING;
        sums.done += !m->is_stalled && m->progress.step == STEP_DONE;
        if (top_machine_transfers(m, now_ms))
            sums.rate += m->rate;
    }
    return sums;
}

/* Arranging. */

static bool has_part(const char *text, const char *part)
{
    struct span all = span_text(text);
    size_t length = strlen(part);

    for (size_t i = 0; i + length <= all.len; i++)
        if (span_is_nocase(span_slice(all, i, length), part))
            return true;
    return false;
}

static bool is_chosen(const struct top_machine *m, const char *filter)
{
    char mac[MAC_TEXT_MAX];

    mac_format(mac_from_u64(m->mac), mac);
    return filter[0] == 0 || has_part(m->name, filter) || has_part(mac, filter) ||
           has_part(m->said, filter) || has_part(m->progress.arch, filter) ||
           has_part(top_machine_state(m), filter);
}

struct ranking {
    const struct top_model *model;
    enum top_sort sort;
    int64_t now_ms;
};

static int urgency(const struct top_machine *m)
{
    return m->is_stalled ? 0 : is_booting(m) ? 1 : m->progress.step == STEP_WAITING ? 2 : 3;
}

static int compare_names(const struct top_machine *a, const struct top_machine *b)
{
    if ((a->name[0] == 0) != (b->name[0] == 0))
        return a->name[0] == 0 ? 1 : -1;
    return strcmp(a->name, b->name);
}

static int compare_times(const struct top_machine *a, const struct top_machine *b)
{
    return (a->seen_ms < b->seen_ms) - (a->seen_ms > b->seen_ms);
}

static int compare(const void *left, const void *right, void *context)
{
    const struct ranking *r = context;
    const struct top_machine *a = &r->model->rows[*(const uint16_t *)left];
    const struct top_machine *b = &r->model->rows[*(const uint16_t *)right];
    uint64_t rate_a = top_machine_transfers(a, r->now_ms) ? a->rate : 0;
    uint64_t rate_b = top_machine_transfers(b, r->now_ms) ? b->rate : 0;
    int order = 0;

    switch (r->sort) {
    case TOP_BY_NAME:
        order = compare_names(a, b);
        break;
    case TOP_BY_STEP:
        order = urgency(a) - urgency(b);
        break;
    case TOP_BY_RATE:
        order = (rate_a < rate_b) - (rate_a > rate_b);
        break;
    case TOP_BY_TIME:
    case TOP_SORT_COUNT:
        break;
    }
    if (order == 0 && r->sort != TOP_BY_NAME)
        order = compare_times(a, b);
    return order != 0 ? order : (a->mac > b->mac) - (a->mac < b->mac);
}

void top_model_arrange(struct top_model *model, enum top_sort sort, const char *filter,
                       int64_t now_ms)
{
    struct ranking ranking = { .model = model, .sort = sort, .now_ms = now_ms };

    model->chosen = 0;
    for (size_t i = 0; i < model->count; i++)
        if (is_chosen(&model->rows[i], filter))
            model->order[model->chosen++] = (uint16_t)i;
    qsort_r(model->order, model->chosen, sizeof model->order[0], compare, &ranking);
}

size_t top_model_count(const struct top_model *model)
{
    return model->chosen;
}

const struct top_machine *top_model_at(const struct top_model *model, size_t index)
{
    return index < model->chosen ? &model->rows[model->order[index]] : NULL;
}

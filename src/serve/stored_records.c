/* See stored_records.h. A first walk counts what the second needs; what comes in between the two
 * waits for the next reading. */
#include "serve/stored_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct stored_records *into; /* NULL: count */
    size_t count, chars, room_count, room_chars;
};

static int take(void *context, const struct record *record)
{
    struct walk *w = context;
    size_t name = strlen(record->name) + 1, text = strlen(record->text) + 1;

    if (w->count == RECORDS_MAX)
        return -E2BIG;
    if (w->into) {
        if (w->count == w->room_count || w->chars + name + text > w->room_chars)
            return 1;
        char *at = w->into->texts + w->chars;
        memcpy(at, record->name, name);
        memcpy(at + name, record->text, text);
        w->into->rows[w->count] =
            (struct record){ .kind = record->kind, .name = at, .text = at + name };
    }
    w->count++;
    w->chars += name + text;
    return 0;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strcmp(x->name, y->name);
}

int stored_records_read(struct store *store, struct stored_records *ret)
{
    struct walk counting = { 0 };
    struct stored_records records = { 0 };
    int r = store_each_record(store, take, &counting);
    if (r < 0)
        return r;
    records.rows = calloc(counting.count + 1, sizeof *records.rows);
    records.texts = malloc(counting.chars + 1);
    struct walk filling = { .into = &records,
                            .room_count = counting.count,
                            .room_chars = counting.chars };
    r = records.rows && records.texts ? store_each_record(store, take, &filling) : -ENOMEM;
    if (r < 0) {
        stored_records_done(&records);
        return r;
    }
    records.count = filling.count;
    records.bytes = filling.chars + 40 * filling.count;
    if (records.count > 1)
        qsort(records.rows, records.count, sizeof *records.rows, by_kind_and_name);
    *ret = records;
    return 0;
}

void stored_records_done(struct stored_records *records)
{
    free(records->rows);
    free(records->texts);
    *records = (struct stored_records){ 0 };
}

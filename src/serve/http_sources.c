/* See http_sources.h. Rows without connections form a free list, so nothing is searched. */
#include "serve/http_sources.h"

#include <errno.h>
#include <stdlib.h>

#include "base/table.h"

struct source {
    struct ipv4 addr;
    uint32_t count;
    uint32_t next_free;
};

struct http_sources {
    struct source *rows;
    void *slots;
    struct table index;
    uint32_t limit, used, first_free, per_source;
};

static struct span key_of(const void *rows, uint32_t row)
{
    const struct source *sources = rows;
    return span_of(&sources[row].addr, sizeof sources[row].addr);
}

int http_sources_new(uint32_t limit, uint32_t per_source, struct hash_key key,
                     struct http_sources **ret_sources)
{
    struct http_sources *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    limit++; /* one more is counted before another is let go */
    s->rows = calloc(limit, sizeof *s->rows);
    s->slots = calloc(1, table_memory(limit));
    if (!s->rows || !s->slots) {
        http_sources_free(s);
        return -ENOMEM;
    }
    table_init(&s->index, s->slots, limit, s->rows, key_of, key);
    s->limit = limit;
    s->per_source = per_source;
    s->first_free = HTTP_SOURCES_NONE;
    *ret_sources = s;
    return 0;
}

void http_sources_free(struct http_sources *s)
{
    if (!s)
        return;
    free(s->rows);
    free(s->slots);
    free(s);
}

static uint32_t new_row(struct http_sources *s, struct ipv4 addr)
{
    uint32_t row = s->first_free;
    if (row != HTTP_SOURCES_NONE)
        s->first_free = s->rows[row].next_free;
    else if (s->used < s->limit)
        row = s->used++;
    else
        return HTTP_SOURCES_NONE;
    s->rows[row] = (struct source){ .addr = addr };
    table_insert(&s->index, row);
    return row;
}

uint32_t http_sources_take(struct http_sources *s, struct ipv4 addr)
{
    uint32_t row = table_find(&s->index, span_of(&addr, sizeof addr));
    if (row == TABLE_NONE)
        row = new_row(s, addr);
    if (row == HTTP_SOURCES_NONE || s->rows[row].count >= s->per_source)
        return HTTP_SOURCES_NONE;
    s->rows[row].count++;
    return row;
}

void http_sources_drop(struct http_sources *s, uint32_t row)
{
    if (--s->rows[row].count > 0)
        return;
    table_remove(&s->index, row);
    s->rows[row].next_free = s->first_free;
    s->first_free = row;
}

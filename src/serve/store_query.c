/* See store_query.h. Rows are copied whole, texts included, since the store's own die with each
 * callback. */
#include "serve/store_query.h"

#include <errno.h>
#include <stdlib.h>

struct store_text {
    struct store_text *next;
    char bytes[];
};

static size_t row_size(enum store_rows_kind kind)
{
    static const size_t sizes[] = { [STORE_ROWS_LEASES] = sizeof(struct lease),
                                    [STORE_ROWS_HOSTS] = sizeof(struct host),
                                    [STORE_ROWS_NEXT_BOOTS] = sizeof(struct store_next_boot),
                                    [STORE_ROWS_CLIENTS] = sizeof(struct client),
                                    [STORE_ROWS_EVENTS] = sizeof(struct stored_event) };
    return sizes[kind];
}

/* Append a row's bytes: 0 or -ENOMEM. */
static int append(struct store_rows *rows, const void *row)
{
    size_t size = row_size(rows->kind);
    if (rows->count == rows->room) {
        size_t room = rows->room > 0 ? rows->room * 2 : 16;
        void *grown = reallocarray(rows->of.any, room, size);
        if (!grown)
            return -ENOMEM;
        rows->of.any = grown;
        rows->room = room;
    }
    memcpy((char *)rows->of.any + rows->count++ * size, row, size);
    return 0;
}

/* A copy with a NUL behind it that lives as long as the rows. */
static char *keep(struct store_rows *rows, struct span s)
{
    struct store_text *text = malloc(sizeof *text + s.len + 1);
    if (!text)
        return NULL;
    if (s.len > 0)
        memcpy(text->bytes, s.data, s.len);
    text->bytes[s.len] = 0;
    text->next = rows->texts;
    rows->texts = text;
    return text->bytes;
}

/* Replace a text by a copy; false when memory ran out. */
static bool keep_text(struct store_rows *rows, const char **text)
{
    if (*text)
        *text = keep(rows, span_text(*text));
    else
        return true;
    return *text != NULL;
}

static int add_lease(void *context, const struct lease *lease)
{
    return append(context, lease);
}

static int add_client(void *context, const struct client_seen *seen)
{
    return append(context, &seen->client);
}

static int add_host(void *context, const struct host *host)
{
    struct store_rows *rows = context;
    struct host copy = *host;
    const char **texts[] = { &copy.name,  &copy.match.serial, &copy.match.asset, &copy.match.vendor,
                             &copy.boot,  &copy.next_boot,    &copy.loader,      &copy.arguments,
                             &copy.group, &copy.https };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!keep_text(rows, texts[i]))
            return -ENOMEM;
    for (size_t i = 0; i < copy.variable_count; i++)
        if (!keep_text(rows, &copy.variables[i].name) || !keep_text(rows, &copy.variables[i].value))
            return -ENOMEM;
    return append(rows, &copy);
}

static int add_next_boot(void *context, const char *host, const char *image)
{
    struct store_rows *rows = context;
    struct store_next_boot copy = { .host = host, .image = image };
    if (!keep_text(rows, &copy.host) || !keep_text(rows, &copy.image))
        return -ENOMEM;
    return append(rows, &copy);
}

static int add_event(void *context, const struct stored_event *event)
{
    struct store_rows *rows = context;
    struct stored_event copy = *event;
    const char *json = keep(rows, event->json);
    if (!json)
        return -ENOMEM;
    copy.json = span_of(json, event->json.len);
    return append(rows, &copy);
}

int store_rows_read(struct store *store, struct store_rows *rows)
{
    rows->count = rows->room = 0;
    rows->of.any = NULL;
    rows->texts = NULL;
    switch (rows->kind) {
    case STORE_ROWS_LEASES:
        return store_each_lease(store, add_lease, rows);
    case STORE_ROWS_HOSTS:
        return store_each_host(store, add_host, rows);
    case STORE_ROWS_NEXT_BOOTS:
        return store_each_next_boot(store, add_next_boot, rows);
    case STORE_ROWS_CLIENTS:
        return store_each_client(store, add_client, rows);
    case STORE_ROWS_EVENTS:
        return store_each_event(store, rows->machine, rows->after,
                                rows->limit > 0 ? rows->limit : 1000, add_event, rows);
    }
    return -EINVAL;
}

static int run_query(struct store_query *query, struct store *store)
{
    return store_rows_read(store, query->context);
}

static void query_done(struct store_query *query)
{
    struct store_rows *rows = query->context;
    rows->result = query->result;
    rows->done(rows);
}

int store_rows_ask(struct store_thread *thread, struct store_rows *rows)
{
    rows->query = (struct store_query){
        .run = run_query, .loop = rows->loop, .done = query_done, .context = rows
    };
    return store_thread_ask(thread, &rows->query);
}

void store_rows_done(struct store_rows *rows)
{
    while (rows->texts) {
        struct store_text *next = rows->texts->next;
        free(rows->texts);
        rows->texts = next;
    }
    free(rows->of.any);
    rows->of.any = NULL;
    rows->count = rows->room = 0;
}

/* See answer_records.h. A first walk counts what the second needs; what came in between the two,
 * from another program, waits for the next reading. */
#include "serve/answer_records.h"

#include <errno.h>
#include <stdlib.h>

#define TEXT_ROOM(text) (strlen(text) + 17) /* as the arena rounds it up */

struct count {
    size_t secrets, installed, bytes;
};

static int count_secret(void *context, const struct host_secret *secret)
{
    struct count *c = context;
    c->secrets++;
    c->bytes += TEXT_ROOM(secret->host) + TEXT_ROOM(secret->secret.name) +
                TEXT_ROOM(secret->secret.value.revealed);
    return 0;
}

static int count_installed(void *context, const struct installed *installed)
{
    struct count *c = context;
    c->installed++;
    c->bytes += TEXT_ROOM(installed->image);
    return 0;
}

struct filling {
    struct answer_records *records;
    struct arena arena;
    struct count room;
};

static int add_secret(void *context, const struct host_secret *secret)
{
    struct filling *f = context;
    struct answer_records *r = f->records;

    if (r->secret_count == f->room.secrets)
        return 1;
    const struct host_secret kept = {
        .host = arena_text(&f->arena, secret->host),
        .secret = { .name = arena_text(&f->arena, secret->secret.name),
                    .value = { .revealed = arena_text(&f->arena, secret->secret.value.revealed) } },
    };
    if (!kept.host || !kept.secret.name || !kept.secret.value.revealed)
        return 1;
    r->secrets[r->secret_count++] = kept;
    return 0;
}

static int add_installed(void *context, const struct installed *installed)
{
    struct filling *f = context;
    struct answer_records *r = f->records;
    struct installed kept = *installed;

    kept.image = arena_text(&f->arena, installed->image);
    if (r->installed_count == f->room.installed || !kept.image)
        return 1;
    r->installed[r->installed_count++] = kept;
    return 0;
}

int answer_records_read(struct store *store, struct answer_records *ret_records)
{
    struct answer_records records = { 0 };
    struct filling f = { .records = &records };
    int r = store_each_secret(store, count_secret, &f.room);

    if (r == 0)
        r = store_each_installed(store, count_installed, &f.room);
    if (r < 0)
        return r;
    records.size = f.room.bytes + (f.room.secrets + 1) * sizeof *records.secrets +
                   (f.room.installed + 1) * sizeof *records.installed + 64;
    records.memory = malloc(records.size);
    if (!records.memory)
        return -ENOMEM;
    f.arena = arena_over(records.memory, records.size);
    records.secrets = arena_array(&f.arena, struct host_secret, f.room.secrets + 1);
    records.installed = arena_array(&f.arena, struct installed, f.room.installed + 1);
    r = records.secrets && records.installed ? 0 : -ENOMEM;
    if (r == 0)
        r = store_each_secret(store, add_secret, &f);
    if (r >= 0)
        r = store_each_installed(store, add_installed, &f);
    if (r < 0) {
        answer_records_done(&records);
        return r;
    }
    *ret_records = records;
    return 0;
}

void answer_records_done(struct answer_records *records)
{
    if (records->memory)
        explicit_bzero(records->memory, records->size);
    free(records->memory);
    *records = (struct answer_records){ 0 };
}

/* See store_copy.h. A batch becomes one block: the changes in front, then the hosts and their
 * texts, handed out by an arena over the block's rest; a first pass counts what the second needs.
 */
#include "serve/store_copy.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "base/arena.h"

bool store_copy_is_lazy(const struct change *change)
{
    return change->kind == CHANGE_EVENT || change->kind == CHANGE_CLIENT_SEEN ||
           change->kind == CHANGE_CHAIN_RESULT || change->kind == CHANGE_CHAIN_FORGET ||
           change->kind == CHANGE_NONE;
}

/* The texts of a host, as places, so that counting and copying cannot disagree. */
#define HOST_TEXTS 12

static void host_texts(struct host *host, const char **texts[HOST_TEXTS])
{
    texts[0] = &host->name;
    texts[1] = &host->match.serial;
    texts[2] = &host->match.asset;
    texts[3] = &host->match.vendor;
    texts[4] = &host->boot;
    texts[5] = &host->next_boot;
    texts[6] = &host->loader;
    texts[7] = &host->arguments;
    texts[8] = &host->group;
    texts[9] = &host->chains;
    texts[10] = &host->https;
    texts[11] = &host->answers;
}

static size_t room_for_text(const char *text)
{
    return text ? strlen(text) + 1 + alignof(max_align_t) : 0;
}

static size_t room_for_host(const struct host *host)
{
    struct host shallow = *host;
    const char **texts[HOST_TEXTS];
    size_t room = sizeof *host + alignof(max_align_t);
    host_texts(&shallow, texts);
    for (size_t i = 0; i < HOST_TEXTS; i++)
        room += room_for_text(*texts[i]);
    for (size_t i = 0; i < host->variable_count && i < HOST_VARIABLES_MAX; i++)
        room += room_for_text(host->variables[i].name) + room_for_text(host->variables[i].value);
    return room;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? (const char *)arena_copy(arena, span_of(text, strlen(text) + 1)).data : NULL;
}

static const struct host *copy_host(struct arena *arena, const struct host *host)
{
    struct host *copy = arena_new(arena, struct host);
    if (!copy)
        return NULL;
    const char **texts[HOST_TEXTS];
    *copy = *host;
    host_texts(copy, texts);
    for (size_t i = 0; i < HOST_TEXTS; i++)
        *texts[i] = copy_text(arena, *texts[i]);
    for (size_t i = 0; i < host->variable_count && i < HOST_VARIABLES_MAX; i++) {
        copy->variables[i].name = copy_text(arena, host->variables[i].name);
        copy->variables[i].value = copy_text(arena, host->variables[i].value);
    }
    return copy;
}

int store_copy_promised(const struct change *changes, size_t count, struct change **ret_copy,
                        size_t *ret_count)
{
    size_t promised = 0, room = 0;
    for (size_t i = 0; i < count; i++) {
        if (store_copy_is_lazy(&changes[i]))
            continue;
        /* These are committed by whoever made them (serve/site), and not copied about. */
        if (changes[i].kind >= CHANGE_SECRET)
            return -EINVAL;
        promised++;
        if (changes[i].kind != CHANGE_HOST_PUT)
            continue;
        if (!changes[i].host)
            return -EINVAL;
        room += room_for_host(changes[i].host);
    }
    *ret_copy = NULL;
    *ret_count = 0;
    if (promised == 0)
        return 0;
    size_t front = promised * sizeof **ret_copy;
    struct change *copy = malloc(front + room);
    if (!copy)
        return -ENOMEM;
    struct arena arena = arena_over(copy + promised, room);
    for (size_t i = 0; i < count; i++) {
        if (store_copy_is_lazy(&changes[i]))
            continue;
        struct change *c = &copy[(*ret_count)++];
        *c = changes[i];
        c->event = NULL;
        c->client = NULL;
        c->chain = NULL;
        c->host = changes[i].kind == CHANGE_HOST_PUT ? copy_host(&arena, changes[i].host) : NULL;
    }
    *ret_copy = copy;
    return 0;
}

/* See stored_hosts.h. How much memory the texts take is only known when they have been read, so
 * they are read again with more until it is enough. */
#include "serve/stored_hosts.h"

#include <errno.h>
#include <stdlib.h>

#include "config/config.h"

#define ARENA_STEP ((size_t)1024 * 1024)

static int copy_host(void *context, const struct host *host)
{
    struct stored_hosts *list = context;

    if (list->count == CONFIG_HOSTS_MAX)
        return -E2BIG;
    if (!host_copy(&list->arena, host, &list->rows[list->count]))
        return -ENOBUFS;
    list->count++;
    return 0;
}

/* One-shots of hosts that stand in the file are kept in the store under their name alone. */
static int copy_next_boot(void *context, const char *host, const char *image)
{
    struct stored_hosts *list = context;

    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rows[i].name, host) == 0)
            return 0;
    const struct host bare = { .name = host, .next_boot = image };
    return copy_host(list, &bare);
}

int stored_hosts_read(struct store *store, struct stored_hosts *ret_hosts)
{
    for (size_t cap = ARENA_STEP; cap <= 64 * ARENA_STEP; cap *= 4) {
        struct stored_hosts list = { .rows = calloc(CONFIG_HOSTS_MAX, sizeof *list.rows),
                                     .arena = arena_over(malloc(cap), cap) };
        int r = list.rows && list.arena.data ? store_each_host(store, copy_host, &list) : -ENOMEM;
        if (r == 0)
            r = store_each_next_boot(store, copy_next_boot, &list);
        if (r == 0) {
            *ret_hosts = list;
            return 0;
        }
        stored_hosts_done(&list);
        if (r != -ENOBUFS)
            return r;
    }
    return -E2BIG;
}

void stored_hosts_done(struct stored_hosts *hosts)
{
    free(hosts->rows);
    free(hosts->arena.data);
}

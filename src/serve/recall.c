/* See recall.h. */
#include "serve/recall.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

struct recall {
    pthread_mutex_t lock;
    struct memory *memory;
    struct store_thread *store; /* may be NULL */
    struct recall_source source;
};

/* Under the lock, so that two results of one machine reach the store in their order. */
static void changed(void *context, const struct chain_result *result)
{
    struct recall *r = context;
    if (r->store)
        store_thread_submit_chain(r->store, CHANGE_CHAIN_RESULT, result);
}

static void answer(void *context, const struct client *client, bool begins, struct now now,
                   struct recollection *out)
{
    struct recall *r = context;
    pthread_mutex_lock(&r->lock);
    memory_recall(r->memory, client, begins, now, out);
    pthread_mutex_unlock(&r->lock);
}

static int restore(void *context, const struct chain_result *result)
{
    struct recall *r = context;
    memory_restore(r->memory, result);
    return 0;
}

int recall_new(uint32_t machines_max, struct store *from, struct recall **ret_recall)
{
    struct recall *r = calloc(1, sizeof *r);
    void *memory = calloc(1, memory_size(machines_max));
    struct hash_key key;
    int result = -ENOMEM;

    if (!r || !memory || getrandom(&key, sizeof key, 0) != sizeof key)
        goto undo_new;
    const struct memory_listener listener = { changed, r };
    pthread_mutex_init(&r->lock, NULL);
    r->memory = memory_init(memory, machines_max, key, &listener);
    r->source = (struct recall_source){ answer, r };
    result = store_each_chain_result(from, restore, r);
    if (result < 0)
        goto undo_new;
    *ret_recall = r;
    return 0;

undo_new:
    free(memory);
    free(r);
    return result;
}

void recall_free(struct recall *recall)
{
    if (!recall)
        return;
    pthread_mutex_destroy(&recall->lock);
    free(recall->memory);
    free(recall);
}

void recall_set_store(struct recall *recall, struct store_thread *store)
{
    pthread_mutex_lock(&recall->lock);
    recall->store = store;
    pthread_mutex_unlock(&recall->lock);
}

const struct recall_source *recall_source(struct recall *recall)
{
    return &recall->source;
}

void recall_give(struct recall *recall, const struct client *client, struct instant now)
{
    if (!client->chain)
        return;
    pthread_mutex_lock(&recall->lock);
    memory_give(recall->memory, client, client->chain, now);
    pthread_mutex_unlock(&recall->lock);
}

void recall_note(struct recall *recall, const struct event *event, struct now now)
{
    pthread_mutex_lock(&recall->lock);
    memory_note(recall->memory, event, now);
    pthread_mutex_unlock(&recall->lock);
}

void recall_settle(struct recall *recall, struct now now)
{
    pthread_mutex_lock(&recall->lock);
    memory_settle(recall->memory, now);
    pthread_mutex_unlock(&recall->lock);
}

void recall_look(struct recall *recall, const struct client *client, struct recollection *out)
{
    pthread_mutex_lock(&recall->lock);
    memory_look(recall->memory, client, out);
    pthread_mutex_unlock(&recall->lock);
}

bool recall_forget(struct recall *recall, struct mac mac)
{
    const struct chain_result result = { .mac = mac };
    pthread_mutex_lock(&recall->lock);
    bool known = memory_forget(recall->memory, mac);
    if (known && recall->store)
        store_thread_submit_chain(recall->store, CHANGE_CHAIN_FORGET, &result);
    pthread_mutex_unlock(&recall->lock);
    return known;
}

/* See work_thread.h. */
#include "serve/work_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct work_thread {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    struct work *first, **last;
    bool ending;
};

static struct work *next_work(struct work_thread *t)
{
    pthread_mutex_lock(&t->lock);
    while (!t->first && !t->ending)
        pthread_cond_wait(&t->news, &t->lock);
    struct work *work = t->first;
    if (work) {
        t->first = work->next;
        if (!t->first)
            t->last = &t->first;
    }
    pthread_mutex_unlock(&t->lock);
    return work;
}

static void *run(void *argument)
{
    struct work_thread *t = argument;
    for (struct work *work; (work = next_work(t));)
        work->run(work);
    return NULL;
}

int work_thread_new(struct work_thread **ret_thread)
{
    struct work_thread *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->last = &t->first;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->news, NULL);
    int r = pthread_create(&t->thread, NULL, run, t);
    if (r != 0) {
        free(t);
        return -r;
    }
    *ret_thread = t;
    return 0;
}

void work_thread_post(struct work_thread *t, struct work *work)
{
    work->next = NULL;
    pthread_mutex_lock(&t->lock);
    *t->last = work;
    t->last = &work->next;
    pthread_cond_signal(&t->news);
    pthread_mutex_unlock(&t->lock);
}

void work_thread_free(struct work_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->ending = true;
    pthread_cond_signal(&t->news);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->news);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

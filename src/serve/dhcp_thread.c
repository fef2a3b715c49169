/* See dhcp_thread.h. */
#include "serve/dhcp_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct dhcp_thread {
    struct loop *loop;
    struct dhcp4_port *port;
    pthread_t thread;
    bool is_running;
    struct work look_around;
    atomic_bool looking_around; /* it is posted */
};

int dhcp_thread_new(const struct dhcp4_port_settings *settings, struct dhcp_thread **ret_thread)
{
    struct dhcp_thread *thread = calloc(1, sizeof *thread);
    int r = thread ? loop_new(&thread->loop) : -ENOMEM;

    if (r == 0)
        r = dhcp4_port_new(settings, thread->loop, &thread->port);
    if (r < 0) {
        dhcp_thread_free(thread);
        return r;
    }
    *ret_thread = thread;
    return 0;
}

static int restore_lease(void *context, const struct lease *lease)
{
    struct dhcp_thread *thread = context;
    return dhcp4_port_restore(thread->port, lease) ? 0 : -E2BIG;
}

int dhcp_thread_restore(struct dhcp_thread *thread, struct store *store)
{
    return store_each_lease(store, restore_lease, thread);
}

static void *run(void *argument)
{
    struct dhcp_thread *thread = argument;
    int r = loop_run(thread->loop);
    (void)r; /* epoll itself failed: nothing to be done from here */
    return NULL;
}

int dhcp_thread_run(struct dhcp_thread *thread)
{
    int r = pthread_create(&thread->thread, NULL, run, thread);
    thread->is_running = r == 0;
    return -r;
}

static void look_around(struct work *work)
{
    struct dhcp_thread *thread = work->context;
    /* Before looking: who asks from now on wants another look. */
    atomic_store(&thread->looking_around, false);
    dhcp4_port_look_around(thread->port);
}

void dhcp_thread_look_around(struct dhcp_thread *thread)
{
    if (!thread || !thread->is_running || atomic_exchange(&thread->looking_around, true))
        return;
    thread->look_around = (struct work){ .run = look_around, .context = thread };
    loop_post(thread->loop, &thread->look_around);
}

void dhcp_thread_stop(struct dhcp_thread *thread)
{
    if (!thread || !thread->is_running)
        return;
    loop_stop(thread->loop);
    pthread_join(thread->thread, NULL);
    thread->is_running = false;
}

void dhcp_thread_free(struct dhcp_thread *thread)
{
    if (!thread)
        return;
    dhcp4_port_free(thread->port);
    loop_free(thread->loop);
    free(thread);
}

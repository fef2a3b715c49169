/* See machine_keeper.h. News are taken in turns of the registry's rows, so that a storm of machines
 * crowds neither the loop nor the store's ring, whose oldest rows would make room. */
#include "serve/machine_keeper.h"

#define LOOK_EVERY duration_seconds(1)
#define AT_ONCE    256

static int restore(void *context, const struct client_seen *seen)
{
    registry_restore(context, seen);
    return 0;
}

int machine_keeper_restore(struct registry *registry, struct store *store)
{
    return store_each_client(store, restore, registry);
}

/* At most `most` machines; false when all rows have had their turn. */
static bool hand_over(struct machine_keeper *keeper, uint32_t most)
{
    struct client_seen seen;
    for (uint32_t i = 0; i < most; i++) {
        if (!registry_take_news(keeper->registry, &keeper->row, &seen)) {
            keeper->row = 0;
            return false;
        }
        store_thread_submit_seen(keeper->store, &seen);
    }
    return true;
}

static void look(struct timer *timer, struct now now)
{
    struct machine_keeper *keeper = timer->context;
    (void)hand_over(keeper, AT_ONCE);
    /* Its place in the heap was just given back: this cannot fail. */
    (void)!loop_arm(keeper->loop, timer, instant_after(now.steady, LOOK_EVERY));
}

int machine_keeper_start(struct machine_keeper *keeper, struct loop *loop,
                         struct registry *registry, struct store_thread *store)
{
    *keeper = (struct machine_keeper){ .loop = loop, .registry = registry, .store = store };
    timer_init(&keeper->timer, look, keeper);
    return loop_arm(loop, &keeper->timer, instant_after(loop_now(loop).steady, LOOK_EVERY));
}

void machine_keeper_stop(struct machine_keeper *keeper)
{
    if (!keeper->loop)
        return;
    loop_disarm(keeper->loop, &keeper->timer);
    keeper->row = 0;
    while (hand_over(keeper, AT_ONCE))
        ;
    keeper->loop = NULL;
}

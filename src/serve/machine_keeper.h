/* Keeps what is known of machines beyond this run: the registry forgets with the process, the store
 * does not. */
#ifndef SERVE_MACHINE_KEEPER_H
#define SERVE_MACHINE_KEEPER_H

#include "net/loop.h"
#include "serve/registry.h"
#include "serve/store_thread.h"
#include "store/store.h"

struct machine_keeper {
    struct loop *loop;
    struct registry *registry;
    struct store_thread *store;
    struct timer timer;
    uint32_t row; /* where the next look goes on */
};

/* Fill the registry with the machines of former runs. 0 or a negative errno of the store. */
must_check int machine_keeper_restore(struct registry *registry, struct store *store);

/* From now on hand news of machines to the store, some hundred a second at most. The keeper stays
 * in place until machine_keeper_stop(). 0, or a negative errno when memory ran out. */
must_check int machine_keeper_start(struct machine_keeper *keeper, struct loop *loop,
                                    struct registry *registry, struct store_thread *store);
/* Hand over what is left; before the store thread stops. Does nothing for one never started. */
void machine_keeper_stop(struct machine_keeper *keeper);

#endif

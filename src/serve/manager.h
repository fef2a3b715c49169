/* What the service manager hears of the daemon: that it serves and whom, that it reads its
 * configuration again, that its control thread still turns, that it ends. Of no effect where no
 * manager asked to be told. On the control thread. */
#ifndef SERVE_MANAGER_H
#define SERVE_MANAGER_H

#include "net/loop.h"
#include "serve/view.h"

struct manager {
    int fd; /* -1: nobody asked */
    struct loop *loop;
    struct timer watchdog;
    struct duration period;
};

#define MANAGER_NONE ((struct manager){ .fd = -1 })

/* While sockets may still be opened. Why a manager that asked cannot be told goes to `notes`. */
void manager_open(struct manager *manager, struct text *notes);

/* Everything is served. From here on the loop answers the manager's watchdog. The manager stays
 * where it is until manager_close(). 0 or a negative errno. */
must_check int manager_start(struct manager *manager, struct loop *loop, const struct view *view);

/* The configuration is read again / the daemon serves what `view` says (after a reload, and
 * whenever interfaces changed). */
void manager_reloading(struct manager *manager);
void manager_tell(struct manager *manager, const struct view *view);

void manager_stopping(struct manager *manager);
void manager_close(struct manager *manager);

#endif

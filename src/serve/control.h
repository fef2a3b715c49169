/* The admin side of the daemon: the API over a unix socket, whose file mode is its access control.
 * Lives on the control thread; boot listeners serve none of it. */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "serve/recorder.h"
#include "serve/registry.h"
#include "serve/site.h"

struct control_settings {
    struct loop *loop;
    int listen_fd; /* taken over on success */
    struct site *site;
    struct registry *registry;
    struct recall *recall;
    struct recorder *recorder;
    struct store_thread *store;
    struct store *own_store; /* the control thread's handle, for reading */
    struct calendar started;
    const char *config_path; /* "" = none */
    int packet_fd;           /* a packet socket for wake-up frames, -1 = none */
    bool altiris_served;     /* Broadcom's port could be had */
};

struct control;

must_check int control_new(const struct control_settings *settings, struct control **ret_control);
void control_free(struct control *control);

/* Open the listening unix socket at `path`: a dead one of a former run is replaced, a living one is
 * -EADDRINUSE. Mode 0660. */
must_check int control_listen(const char *path, int *ret_fd);

#endif

/* The admin side of the daemon: the API over a unix socket, whose file mode is its access control,
 * and the dashboard with the API over TCP, where everybody has to sign in. Lives on the control
 * thread; boot listeners serve none of it, and it serves nothing of theirs. */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "serve/chronicle.h"
#include "serve/recorder.h"
#include "serve/registry.h"
#include "serve/site.h"

struct access;
struct intake;
struct pick_book;
struct webhooks;

struct control_settings {
    struct loop *loop;
    int listen_fd;         /* the unix socket; taken over on success */
    int admin_fd;          /* the dashboard's TCP listener, taken over too; -1 = not served */
    struct access *access; /* who is let in by TCP */
    struct site *site;
    struct intake *intake; /* images on their way in */
    struct digest_keeper *digests;
    struct registry *registry;
    struct recall *recall;
    struct pick_book *picks; /* machines that wait for a choice on a phone */
    struct webhooks *webhooks;
    struct recorder *recorder;
    struct chronicle *chronicle;
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

/* Take the settings of the configuration in force: who may be called what, how long sessions last.
 */
void control_configure(struct control *control);

/* Open the listening unix socket at `path`: a dead one of a former run is replaced, a living one is
 * -EADDRINUSE. Mode 0660. */
must_check int control_listen(const char *path, int *ret_fd);

#endif

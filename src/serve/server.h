/* The daemon: opens everything, gives up its rights, starts the threads, and ends in order. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "base/checked.h"

struct server_options {
    const char *config_path; /* where the configuration is looked for */
    bool config_given;       /* by the user: then it must be there */
    bool json_events;        /* events on standard output as JSON lines */
};

/* Serve until SIGTERM or SIGINT. The program's exit status: 0 after an orderly end, 1 when it could
 * not start or broke off; sentences for people have then been printed on standard error. */
int server_run(const struct server_options *options);

#endif

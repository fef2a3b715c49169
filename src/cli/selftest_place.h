/* The private copy of the network for `tugboot selftest`: namespaces of its own, in which a second
 * daemon runs by the same configuration, on interfaces with the names and addresses of the real
 * ones, over a copy of the state. What is changed there is gone with it. */
#ifndef CLI_SELFTEST_PLACE_H
#define CLI_SELFTEST_PLACE_H

#include <sys/types.h>

#include "cli/session.h"
#include "net/iface.h"

#define SELFTEST_FOLDER_MAX 64

struct selftest_place {
    const struct session *session;
    const struct iface_table *table;
    const struct iface *iface;        /* the one whose network is played */
    char folder[SELFTEST_FOLDER_MAX]; /* for files of the machines; in memory */
    pid_t daemon, giver;              /* 0 = not started */
    int events; /* what the daemon tells, a JSON object a line; non-blocking */
    bool made_control;
};

/* The interface that is meant: the one called `wanted`, else (NULL) the first that tugboot serves
 * here; NULL when there is none with an address. */
const struct iface *selftest_place_choose(const struct config *config,
                                          const struct iface_table *table, const char *wanted);

/* Leave this machine's network and see the folders as a copy from now on; nothing is started yet.
 * 0, or a negative errno with a sentence in `why`. The process cannot come back from there. */
must_check int selftest_place_make(struct selftest_place *place, struct text *why);

/* Start the daemon and, in mode proxy, a DHCP server beside it. As above. */
must_check int selftest_place_start(struct selftest_place *place, struct text *why);

/* A socket for one machine's cable; `name` gets what to call it. */
must_check int selftest_place_plug(const struct selftest_place *place, unsigned int number,
                                   char name[IFACE_NAME_MAX], struct text *why);

/* Start a program there, its output to the file `log`; ended by child_end(). Its process, or a
 * negative errno. */
pid_t selftest_place_run(const char *const *argv, const char *log);

/* End what was started. What the copy held is gone. */
void selftest_place_close(struct selftest_place *place);

#endif

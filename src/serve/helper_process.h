/* How a process lives that stands beside the daemon with fewer rights than it has (helper.h): what
 * each does at its birth, and the pair of one that waits and a child that works. */
#ifndef SERVE_HELPER_PROCESS_H
#define SERVE_HELPER_PROCESS_H

#include "base/checked.h"

struct helper_rights {
    const char *user; /* whom to become; "" = stay */
    bool seccomp;
    bool fetches;         /* reads the system's names and certificates, to speak with servers */
    const char *writable; /* a folder; NULL = none */
};

/* First of all: close every descriptor above standard error but the channel, take back what the
 * daemon said about signals (those of the terminal are the daemon's business), and be shown as
 * `name`. Its channel's new number. */
must_check int helper_process_settle(int channel, const char *name);

/* Give up all other rights. 0 or a negative errno. */
must_check int helper_process_confine(const struct helper_rights *rights);

/* Wait beside a child that does the work in live(), which does not return: what foreign bytes do to
 * it ends the child, and the next one is made of the one that waits, which has read none. Between
 * them died() is told the child's status (waitpid(2)). Ends when a child exits with 0. */
_Noreturn void helper_process_renew(void (*live)(void *context),
                                    void (*died)(void *context, int status), void *context);

#endif

/* SIGTERM, SIGINT and SIGHUP as events of the loop. */
#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include "base/checked.h"

/* Block these signals for the calling thread and those it starts later, and ignore SIGPIPE; returns
 * a descriptor that becomes readable when one arrives, or negative errno. */
must_check int signals_open(void);

/* The next signal's number, or 0. */
int signals_next(int fd);

#endif

/* Telling a service manager how we are (sd_notify(3), "Standalone Implementations"): datagrams of
 * NAME=value lines to the socket that $NOTIFY_SOCKET names, a path or an abstract name ("@..."). */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "base/checked.h"
#include "base/clock.h"

/* A socket connected to who wants to hear it, which the caller closes; *ret_fd is -1 when nobody
 * does (the usual case in a terminal). 0, or a negative errno when the one who was named cannot be
 * reached. To be called before the sandbox is entered. */
must_check int notify_open(int *ret_fd);

/* One message, lines separated by "\n". Nothing is waited for: what a manager that does not read
 * loses is told again by the next message. Nothing happens when `fd` is negative. */
void notify_send(int fd, const char *message);

/* READY=1 with what the service does now in a line for people. */
void notify_ready(int fd, const char *status);
/* RELOADING=1; the manager waits for notify_ready(). `now` is the steady clock's. */
void notify_reloading(int fd, struct instant now);

/* How often the manager wants to hear "WATCHDOG=1" from this process, in milliseconds: half of the
 * time after which it would end us ($WATCHDOG_USEC, $WATCHDOG_PID). 0 = not at all. */
uint64_t notify_watchdog_ms(void);

#endif

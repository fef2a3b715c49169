/* Programs that a command starts beside itself, and pipes to them. Such a program ends with the one
 * that started it, however that ends. */
#ifndef NET_CHILD_H
#define NET_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/checked.h"

/* The file `path`, made when missing, for the output of a program: a descriptor or a negative
 * errno. */
must_check int child_open_log(const char *path);

/* In a child: become the program argv[0] (looked for in $PATH), with nothing to read and its output
 * to `out`. Does not return: ends with 127 when there is no such program. */
_Noreturn void child_become(const char *const *argv, int out);

/* Start it. Its process, or a negative errno. */
pid_t child_start(const char *const *argv, int out);

/* Wait for its end: its exit status, 128 and more after a signal, or a negative errno. */
must_check int child_wait(pid_t pid);

/* Has it ended? Its status is gone then. */
bool child_has_ended(pid_t pid);

/* Ask it to end, wait a few seconds, and end it. 0 is no child. */
void child_end(pid_t pid);

/* A pipe of one byte, for two processes that wait for each other. */
must_check int child_tell(int fd);
must_check int child_hear(int fd);

/* At most `len` bytes of a descriptor that does not block: how many, 0 at its end, or a negative
 * errno (-EAGAIN: none yet). */
must_check int64_t child_read(int fd, void *data, size_t len);

#endif

/* See background.h. Both calls only ask for less than a thread has, which everybody may. */
#include "net/background.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOWEST_PRIORITY   19
#define IOPRIO_WHO_THREAD 1
#define IOPRIO_IDLE       (3 << 13)

void background_enter(void)
{
    /* On Linux 0 is this thread, not the whole process. */
    (void)setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
    (void)syscall(SYS_ioprio_set, IOPRIO_WHO_THREAD, 0, IOPRIO_IDLE);
}

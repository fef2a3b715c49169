/* See child.h. */
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define END_TRIES    100
#define END_PAUSE_NS 50000000

int child_open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : fd;
}

_Noreturn void child_become(const char *const *argv, int out)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        _exit(126);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

pid_t child_start(const char *const *argv, int out)
{
    pid_t pid = fork();
    if (pid == 0)
        child_become(argv, out);
    return pid < 0 ? -errno : pid;
}

int child_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool child_has_ended(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) != 0;
}

void child_end(pid_t pid)
{
    const struct timespec pause = { .tv_nsec = END_PAUSE_NS };

    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    for (int i = 0; i < END_TRIES; i++) {
        if (child_has_ended(pid))
            return;
        nanosleep(&pause, NULL);
    }
    kill(pid, SIGKILL);
    if (child_wait(pid) < 0)
        return; /* somebody else has waited for it */
}

int child_tell(int fd)
{
    char byte = 1;
    return write(fd, &byte, 1) == 1 ? 0 : -EPIPE;
}

int child_hear(int fd)
{
    char byte;
    ssize_t r;

    do
        r = read(fd, &byte, 1);
    while (r < 0 && errno == EINTR);
    return r == 1 ? 0 : -EPIPE;
}

int64_t child_read(int fd, void *data, size_t len)
{
    ssize_t r;

    do
        r = read(fd, data, len);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

/* See helper_process.h. */
#include "serve/helper_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/channel.h"

#define CHANNEL_FD 3

int helper_process_start(void (*run)(int channel, const void *context), const void *context,
                         int *ret_channel)
{
    int ends[2], status = 0;
    int r = channel_pair(ends);

    if (r < 0)
        return r;
    /* A grandchild: nobody here has to bury it. */
    pid_t pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid == 0)
            run(ends[1], context);
        _exit(pid < 0 ? 1 : 0);
    }
    r = pid < 0 ? -errno : -EAGAIN;
    close(ends[1]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        close(ends[0]);
        return r;
    }
    *ret_channel = ends[0];
    return 0;
}

int helper_process_settle(int channel, const char *name)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t none;

    if (channel != CHANNEL_FD && dup3(channel, CHANNEL_FD, O_CLOEXEC) < 0)
        _exit(1);
    if (close_range(CHANNEL_FD + 1, ~0U, 0) < 0)
        _exit(1);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigaction(SIGINT, &ignore, NULL);
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGQUIT, &ignore, NULL);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    return CHANNEL_FD;
}

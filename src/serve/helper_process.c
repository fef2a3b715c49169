/* See helper_process.h. */
#include "serve/helper_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/memory.h"
#include "net/sandbox.h"

#define CHANNEL_FD 3

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

int helper_process_confine(const struct helper_rights *rights)
{
    static const char *const readable[] = {
        "/etc", "/usr", "/lib", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
    };
    struct sandbox_settings sandbox = { .user = rights->user, .seccomp = rights->seccomp };
    char report_data[512], why_data[512];
    struct text report = text_over(report_data, sizeof report_data);
    struct text why = text_over(why_data, sizeof why_data);

    for (size_t i = 0; rights->fetches && i < sizeof readable / sizeof readable[0]; i++)
        sandbox.folders[sandbox.folder_count++] = (struct sandbox_folder){ .path = readable[i] };
    if (rights->writable)
        sandbox.folders[sandbox.folder_count++] =
            (struct sandbox_folder){ .path = rights->writable, .writable = true };
    return sandbox_enter(&sandbox, &report, &why);
}

_Noreturn void helper_process_renew(void (*live)(void *context),
                                    void (*died)(void *context, int status), void *context)
{
    for (;;) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            live(context);
        memory_give_back(); /* this one only waits */
        if (child < 0 || waitpid(child, &status, 0) < 0 ||
            (WIFEXITED(status) && WEXITSTATUS(status) == 0))
            _exit(child < 0 ? 1 : 0);
        died(context, status);
    }
}

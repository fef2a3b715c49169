/* See tool.h. Its output goes into memory files, so that nobody waits for anybody; its end is a
 * descriptor that is waited for with a bound. */
#include "net/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/file.h"
#include "net/sandbox.h"

#define SAID_FD     3
#define SAID_MAX    ((size_t)1 << 20)
#define FREE_FD     100 /* descriptors are kept here while they are put in their places */
#define EXIT_NO_WAY 125 /* it could not be begun */
#define PATH_MAX_   256

static bool find_program(const char *name, char out[PATH_MAX_])
{
    static const char *const folders[] = { "/usr/bin", "/bin" };
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct text t = text_over(out, PATH_MAX_);
        text_addf(&t, "%s/%s", folders[i], name);
        if (!t.failed && access(out, X_OK) == 0)
            return true;
    }
    return false;
}

static bool set_limits(unsigned seconds)
{
    const struct {
        int what;
        rlim_t most;
    } limits[] = {
        { RLIMIT_FSIZE, TOOL_OUTPUT_MAX },
        { RLIMIT_CORE, 0 },
        { RLIMIT_CPU, seconds },
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit = { .rlim_cur = limits[i].most, .rlim_max = limits[i].most };
        if (setrlimit(limits[i].what, &limit) < 0)
            return false;
    }
    return true;
}

/* The descriptors in their places, and nothing else. A copy is not closed on exec. */
static bool place_files(const struct tool *tool, int out, int said)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high[TOOL_FILES_MAX];
    int high_out = fcntl(out, F_DUPFD_CLOEXEC, FREE_FD),
        high_said = fcntl(said, F_DUPFD_CLOEXEC, FREE_FD);
    bool is_good = null_fd >= 0 && high_out >= 0 && high_said >= 0;
    for (uint8_t i = 0; i < tool->file_count; i++) {
        high[i] = fcntl(tool->files[i], F_DUPFD_CLOEXEC, FREE_FD);
        is_good = is_good && high[i] >= 0 && lseek(high[i], 0, SEEK_SET) == 0;
    }
    is_good = is_good && dup2(null_fd, 0) >= 0 && dup2(high_out, 1) >= 0 && dup2(null_fd, 2) >= 0 &&
              dup2(high_said, SAID_FD) >= 0;
    for (uint8_t i = 0; is_good && i < tool->file_count; i++)
        is_good = dup2(high[i], TOOL_FILE_FIRST + i) >= 0;
    if (is_good)
        is_good = close_range(SAID_FD + 1, TOOL_FILE_FIRST - 1, 0) == 0 &&
                  close_range((unsigned)(TOOL_FILE_FIRST + tool->file_count), ~0U, 0) == 0;
    return is_good;
}

_Noreturn static void become(const struct tool *tool, const char *path, int out, int said)
{
    static char name_home[] = "HOME=/nonexistent", name_gnupg[] = "GNUPGHOME=/nonexistent",
                name_language[] = "LC_ALL=C", name_path[] = "PATH=/usr/bin:/bin";
    char *const environment[] = { name_home, name_gnupg, name_language, name_path, NULL };
    char *arguments[32] = { NULL };
    sigset_t none;

    for (size_t i = 0; tool->arguments[i] && i < 31; i++)
        arguments[i] = strdup(tool->arguments[i]);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    if (!place_files(tool, out, said) || !set_limits(tool->seconds) ||
        sandbox_enter_tool(tool->user) < 0)
        _exit(EXIT_NO_WAY);
    execve(path, arguments, environment);
    _exit(EXIT_NO_WAY);
}

/* Its exit status, -ETIMEDOUT, or another negative errno of ours. */
static int wait_for(pid_t pid, unsigned seconds, int *ret_status)
{
    int status, r = 0;
    int end = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd wanted = { .fd = end, .events = POLLIN };
    int ready = end < 0 ? -1 : poll(&wanted, 1, (int)seconds * 1000);
    while (end >= 0 && ready < 0 && errno == EINTR)
        ready = poll(&wanted, 1, (int)seconds * 1000);
    if (ready <= 0) {
        r = ready == 0 ? -ETIMEDOUT : -errno;
        (void)kill(pid, SIGKILL);
    }
    if (end >= 0)
        close(end);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return r;
}

static int read_memory(int fd, size_t max, uint8_t **ret_data, size_t *ret_len)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    size_t len = (size_t)st.st_size;
    uint8_t *data = len > max ? NULL : malloc(len + 1);
    if (!data)
        return len > max ? -EFBIG : -ENOMEM;
    int64_t n = file_read_at(fd, 0, data, len);
    if (n < 0 || (size_t)n != len) {
        free(data);
        return n < 0 ? (int)n : -EIO;
    }
    data[len] = 0;
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int tool_run(const struct tool *tool, struct tool_result *ret)
{
    char path[PATH_MAX_];
    struct tool_result result = { 0 };
    if (!find_program(tool->arguments[0], path))
        return -ENOENT;
    int out = memfd_create("out", MFD_CLOEXEC), said = memfd_create("said", MFD_CLOEXEC);
    int r = out < 0 || said < 0 ? -errno : 0;
    pid_t pid = r == 0 ? fork() : -1;
    if (pid == 0)
        become(tool, path, out, said);
    if (r == 0)
        r = pid < 0 ? -errno : wait_for(pid, tool->seconds, &result.status);
    if (r == 0 && result.status == EXIT_NO_WAY)
        r = -EPERM;
    if (r == 0)
        r = read_memory(out, TOOL_OUTPUT_MAX, &result.out, &result.out_len);
    if (r == 0)
        r = read_memory(said, SAID_MAX, &result.said, &result.said_len);
    if (out >= 0)
        close(out);
    if (said >= 0)
        close(said);
    if (r < 0)
        tool_result_free(&result);
    else
        *ret = result;
    return r;
}

void tool_result_free(struct tool_result *result)
{
    free(result->out);
    free(result->said);
    *result = (struct tool_result){ 0 };
}

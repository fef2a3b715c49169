/* See sandbox.h. Landlock has no library: three system calls, as linux/landlock.h documents them.
 * Its rules are best effort on kernels without it; user, capabilities and seccomp must work. */
#include "net/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/autoclean.h"

static void close_fdp(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

uint64_t sandbox_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    return limit.rlim_cur;
}

bool sandbox_find_user(const char *name, uint32_t *ret_uid, uint32_t *ret_gid)
{
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return false;
    *ret_uid = entry->pw_uid;
    *ret_gid = entry->pw_gid;
    return true;
}

static int become_user(const char *name, struct text *report, struct text *why)
{
    uint32_t uid, gid;
    if (name[0] == 0 || geteuid() != 0) {
        text_addf(report, "user %u", (unsigned)geteuid());
        return 0;
    }
    if (!sandbox_find_user(name, &uid, &gid)) {
        text_addf(report, "user root (there is no user \"%s\")", name);
        return 0;
    }
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
        int r = -errno;
        text_addf(why, "cannot become the user \"%s\": %s", name, strerror(errno));
        return r;
    }
    text_addf(report, "user %s", name);
    return 0;
}

/* While we still may: the bounding set is what a program started from here could ever get. Without
 * CAP_SETPCAP (a plain user) it stays, of no use to anybody once no new rights can be had. */
static int empty_bounding_set(struct text *why)
{
    for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++) {
        if (cap_get_bound(cap) == 0 || cap_drop_bound(cap) == 0 || errno == EPERM)
            continue;
        int r = -errno;
        text_addf(why, "cannot empty the bounding set of capabilities: %s", strerror(-r));
        return r;
    }
    return 0;
}

static int drop_capabilities(struct text *report, struct text *why)
{
    cap_t none = cap_init();
    int r = none && cap_set_proc(none) == 0 ? 0 : -errno;
    cap_free(none);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r < 0)
        text_addf(why, "cannot give up capabilities: %s", strerror(-r));
    else
        text_add(report, ", no capabilities, no new ones");
    return r;
}

#define WORKER_MEMORY_MAX ((rlim_t)1 << 30)

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE                                                                             \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |   \
     LANDLOCK_ACCESS_FS_MAKE_SYM)
#define LANDLOCK_ALL                                                                               \
    (LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

/* A folder that is not there yet cannot be allowed; that is not an error. */
static int allow_folder(int ruleset, const struct sandbox_folder *folder)
{
    struct stat facts;
    autoclean(close_fdp) int fd = open(folder->path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) < 0)
        return 0;
    uint64_t allowed = LANDLOCK_READ | (folder->writable ? LANDLOCK_WRITE : 0);
    if (!S_ISDIR(facts.st_mode))
        allowed &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    const struct landlock_path_beneath_attr rule = { .allowed_access = allowed, .parent_fd = fd };
    long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    return r < 0 ? -errno : 0;
}

static int enter_landlock(const struct sandbox_settings *settings, struct text *report,
                          struct text *why)
{
    const struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ALL };
    autoclean(close_fdp) int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0) {
        text_add(report, ", no Landlock in this kernel");
        return 0;
    }
    int r = 0;
    for (uint8_t i = 0; i < settings->folder_count && r == 0; i++)
        r = allow_folder(ruleset, &settings->folders[i]);
    if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        r = -errno;
    if (r < 0)
        text_addf(why, "cannot enter Landlock: %s", strerror(-r));
    else
        text_add(report, ", its folders only (Landlock)");
    return r;
}

/* What the daemon does after start, by name; everything else gets EPERM. */
static const int allowed_calls[] = {
    SCMP_SYS(accept4),
    SCMP_SYS(access),
    SCMP_SYS(bind),
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(close),
    SCMP_SYS(connect),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(dup),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(fcntl),
    SCMP_SYS(fdatasync),
    SCMP_SYS(flock),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(futex),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getpeername),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getuid),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(ioctl),
    SCMP_SYS(ioprio_set),
    SCMP_SYS(lseek),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(mknodat),
    SCMP_SYS(lstat),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(memfd_create), /* what the courier is to send */
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(nanosleep),
    SCMP_SYS(newfstatat),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(prctl),
    SCMP_SYS(pread64),
    SCMP_SYS(prlimit64),
    SCMP_SYS(pselect6),
    SCMP_SYS(pwrite64),
    SCMP_SYS(read),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sendfile),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(setpriority),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(signalfd4),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(splice),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(statx),
    SCMP_SYS(sysinfo),
    SCMP_SYS(tgkill),
    SCMP_SYS(uname),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(utimensat),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

/* What the image worker does: read, answer, reckon, hand over a table in memory. No signals: its
 * user is the daemon's. abort() does without. */
static const int worker_calls[] = {
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fstat),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettid),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(memfd_create),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(newfstatat),
    SCMP_SYS(pread64),
    SCMP_SYS(read),
    SCMP_SYS(recvmsg),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sendmsg),
    SCMP_SYS(setitimer),
    SCMP_SYS(write),
};

/* One command of a call that has many. */
struct allowed_command {
    int call;
    unsigned command; /* its second argument */
};

static const struct allowed_command worker_commands[] = {
    { SCMP_SYS(fcntl), F_ADD_SEALS },
};

struct filter {
    const int *calls;
    size_t count;
    const struct allowed_command *commands;
    size_t command_count;
};

static const struct filter daemon_filter = {
    .calls = allowed_calls,
    .count = sizeof allowed_calls / sizeof allowed_calls[0],
};

static const struct filter worker_filter = {
    .calls = worker_calls,
    .count = sizeof worker_calls / sizeof worker_calls[0],
    .commands = worker_commands,
    .command_count = sizeof worker_commands / sizeof worker_commands[0],
};

static int add_rules(scmp_filter_ctx context, const struct filter *filter)
{
    int r = 0;
    for (size_t i = 0; i < filter->count && r == 0; i++) {
        r = seccomp_rule_add(context, SCMP_ACT_ALLOW, filter->calls[i], 0);
        /* A call this architecture does not have needs no rule. */
        if (r == -EDOM || r == -EFAULT)
            r = 0;
    }
    for (size_t i = 0; i < filter->command_count && r == 0; i++)
        r = seccomp_rule_add(context, SCMP_ACT_ALLOW, filter->commands[i].call, 1,
                             SCMP_A1(SCMP_CMP_EQ, filter->commands[i].command));
    return r;
}

static int load_filter(const struct filter *filter, struct text *report, struct text *why)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int r = context ? add_rules(context, filter) : -ENOMEM;
    if (r == 0)
        r = seccomp_load(context);
    seccomp_release(context);
    if (r < 0)
        text_addf(why, "cannot load the system call filter: %s", strerror(-r));
    else
        text_add(report, ", its system calls only (seccomp)");
    return r;
}

int sandbox_enter(const struct sandbox_settings *settings, struct text *report, struct text *why)
{
    int r = empty_bounding_set(why);
    if (r == 0)
        r = become_user(settings->user, report, why);
    if (r == 0)
        r = drop_capabilities(report, why);
    if (r == 0)
        r = enter_landlock(settings, report, why);
    if (r == 0 && settings->seccomp)
        r = load_filter(&daemon_filter, report, why);
    return r;
}

/* Sanitizers reserve terabytes of addresses, so the bound on memory goes with seccomp. */
int sandbox_enter_worker(bool seccomp, struct text *why)
{
    static const struct {
        int what;
        rlim_t most;
        bool always;
    } limits[] = {
        { RLIMIT_FSIZE, SANDBOX_TABLE_MAX, true },
        { RLIMIT_CORE, 0, true },
        { RLIMIT_NPROC, 0, true },
        { RLIMIT_AS, WORKER_MEMORY_MAX, false },
    };
    char data[128];
    struct text report = text_over(data, sizeof data);

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit = { .rlim_cur = limits[i].most, .rlim_max = limits[i].most };
        if ((limits[i].always || seccomp) && setrlimit(limits[i].what, &limit) < 0) {
            int r = -errno;
            text_addf(why, "cannot bound the image worker: %s", strerror(-r));
            return r;
        }
    }
    return seccomp ? load_filter(&worker_filter, &report, why) : 0;
}

#define NOBODY 65534 /* of every Linux system */

/* What a program needs that only reads and reckons. */
static int enter_tool_landlock(void)
{
    static const char *const folders[] = { "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache" };
    const struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ALL };
    autoclean(close_fdp) int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    int r = 0;

    for (size_t i = 0; ruleset >= 0 && r == 0 && i < sizeof folders / sizeof folders[0]; i++) {
        struct stat facts;
        autoclean(close_fdp) int fd = open(folders[i], O_PATH | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &facts) < 0)
            continue;
        const struct landlock_path_beneath_attr rule = {
            .allowed_access = S_ISDIR(facts.st_mode) ? LANDLOCK_READ | LANDLOCK_ACCESS_FS_EXECUTE
                                                     : LANDLOCK_ACCESS_FS_READ_FILE,
            .parent_fd = fd,
        };
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
            r = -errno;
    }
    if (ruleset >= 0 && r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        r = -errno;
    return r;
}

static int forbid_network(void)
{
    static const int calls[] = { SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind),
                                 SCMP_SYS(ptrace), SCMP_SYS(process_vm_writev) };
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    int r = context ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < sizeof calls / sizeof calls[0]; i++)
        r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    if (r == 0)
        r = seccomp_load(context);
    seccomp_release(context);
    return r;
}

int sandbox_enter_tool(const char *user)
{
    char data[256];
    struct text report = text_over(data, sizeof data), why = text_over(data, sizeof data);
    uint32_t uid = NOBODY, gid = NOBODY;

    int r = empty_bounding_set(&why);
    if (r == 0 && geteuid() == 0) {
        (void)(user[0] && sandbox_find_user(user, &uid, &gid));
        if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
            r = -errno;
    }
    if (r == 0)
        r = drop_capabilities(&report, &why);
    if (r == 0)
        r = enter_tool_landlock();
    return r < 0 ? r : forbid_network();
}

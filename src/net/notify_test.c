/* A service manager's socket of the test's own, by path and by abstract name; what stands in the
 * variables, right and wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/notify.h"

#include <cmocka.h>

/* A manager that hears under this name ("@..." for an abstract one). */
static int manager_at(const char *name)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    size_t len = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    memcpy(addr.sun_path, name, len);
    if (name[0] == '@')
        addr.sun_path[0] = 0;
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    return fd;
}

static void assert_heard(int manager, const char *want)
{
    char got[2048] = "";
    ssize_t n = recv(manager, got, sizeof got - 1, 0);
    assert_true(n >= 0);
    got[n] = 0;
    assert_string_equal(got, want);
}

static void tell_all(const char *name)
{
    int manager = manager_at(name), fd = -1;

    setenv("NOTIFY_SOCKET", name, 1);
    assert_int_equal(notify_open(&fd), 0);
    assert_true(fd >= 0);
    notify_ready(fd, "serving eth0 (proxy)");
    assert_heard(manager, "READY=1\nSTATUS=serving eth0 (proxy)");
    notify_reloading(fd, (struct instant){ .ns = 1234567999 });
    assert_heard(manager, "RELOADING=1\nMONOTONIC_USEC=1234567");
    notify_send(fd, "WATCHDOG=1");
    assert_heard(manager, "WATCHDOG=1");
    close(manager);
    notify_send(fd, "STOPPING=1"); /* whoever heard is gone: no harm */
    close(fd);
}

static void a_manager_hears_by_path_and_by_abstract_name(void **state)
{
    char folder[] = "/tmp/notify.XXXXXX", path[64], abstract[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/notify", folder);
    (void)snprintf(abstract, sizeof abstract, "@%s", folder);
    tell_all(path);
    tell_all(abstract);
    unlink(path);
    rmdir(folder);
}

static void names_that_lead_nowhere(void **state)
{
    static char longest[200];
    static const struct {
        const char *name; /* NULL: not set */
        int want;
    } cases[] = {
        { NULL, 0 },
        { "", 0 },
        { "/", -EAFNOSUPPORT },
        { "@", -EAFNOSUPPORT },
        { "relative", -EAFNOSUPPORT },
        { "vsock:2:1234", -EAFNOSUPPORT },
        { "/nonexistent/notify", -ENOENT },
        { "@tugboot-nobody-listens-here", -ECONNREFUSED },
        { longest, -ENAMETOOLONG },
    };
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = 99;
        if (cases[i].name)
            setenv("NOTIFY_SOCKET", cases[i].name, 1);
        else
            unsetenv("NOTIFY_SOCKET");
        if (notify_open(&fd) != cases[i].want || fd != -1)
            fail_msg("NOTIFY_SOCKET=%s", cases[i].name ? cases[i].name : "(not set)");
    }
    notify_send(-1, "READY=1"); /* nobody asked */
}

static void the_watchdog_is_told_twice_a_period(void **state)
{
    char own[32];
    const struct {
        const char *period, *pid;
        uint64_t want;
    } cases[] = {
        { NULL, NULL, 0 },
        { "30000000", NULL, 15000 },
        { "30000000", own, 15000 },
        { "30000000", "1", 0 },
        { "30000000", "", 0 },
        { "30000000", "12x", 0 },
        { NULL, own, 0 },
        { "0", NULL, 0 },
        { "1999", NULL, 0 },
        { "2000", NULL, 1 },
        { "-1", NULL, 0 },
        { "30 s", NULL, 0 },
        { "86400000000", NULL, 43200000 },
        { "86400000001", NULL, 0 },
        { "99999999999999999999999999", NULL, 0 },
    };
    (void)state;
    (void)snprintf(own, sizeof own, "%d", (int)getpid());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].period)
            setenv("WATCHDOG_USEC", cases[i].period, 1);
        if (cases[i].pid)
            setenv("WATCHDOG_PID", cases[i].pid, 1);
        if (notify_watchdog_ms() != cases[i].want)
            fail_msg("row %zu: %llu", i, (unsigned long long)notify_watchdog_ms());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_hears_by_path_and_by_abstract_name),
        cmocka_unit_test(names_that_lead_nowhere),
        cmocka_unit_test(the_watchdog_is_told_twice_a_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

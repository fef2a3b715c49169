/* Sockets as a service manager hands them over, at descriptors 3 and up, in a process of its own
 * for each case: what is taken, what is refused and in which words. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/activation.h"
#include "net/tcp.h"
#include "net/udp.h"

#include <cmocka.h>

static const struct ipv4 loopback = { 0x7f000001 };

enum made { TCP4, TCP4_IDLE, TCP6, UDP4, UNIX_STREAM, UNIX_IDLE, FILE_NULL };

static int make(enum made kind)
{
    const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
    const struct udp_settings udp = { .addr = loopback };
    int fd = -1;

    switch (kind) {
    case TCP4:
        return tcp_listen((struct endpoint){ loopback, 0 }, 4, NULL);
    case TCP4_IDLE:
        return socket(AF_INET, SOCK_STREAM, 0);
    case TCP6:
        fd = socket(AF_INET6, SOCK_STREAM, 0);
        return fd >= 0 && listen(fd, 4) == 0 ? fd : -1;
    case UDP4:
        return udp_open(&udp, &fd) == 0 ? fd : -1;
    case UNIX_STREAM:
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        /* Without a name the kernel chooses an abstract one. */
        return bind(fd, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family) == 0 &&
                       listen(fd, 4) == 0
                   ? fd
                   : -1;
    case UNIX_IDLE:
        return socket(AF_UNIX, SOCK_STREAM, 0);
    case FILE_NULL:
        return open("/dev/null", O_RDWR);
    }
    return -1;
}

struct row {
    const char *label;
    enum made made;
    const char *count, *names; /* NULL: not set */
    bool foreign;              /* meant for another process */
    const char *ask;
    enum activation_kind kind;
    uint16_t port;
    int want_read, want_take; /* 1 in want_take: descriptor 3 */
    const char *words;        /* within the sentence */
};

static const struct row rows[] = {
    { "TCP", TCP4, "1", "http", false, "http", ACTIVATION_TCP, 0, 0, 1, "" },
    { "UDP", UDP4, "1", "tftp", false, "tftp", ACTIVATION_UDP, 0, 0, 1, "" },
    { "unix", UNIX_STREAM, "1", "control", false, "control", ACTIVATION_UNIX, 0, 0, 1, "" },
    { "another name", TCP4, "1", "https", false, "http", ACTIVATION_TCP, 0, 0, -ENOENT, "" },
    { "a name that only begins so", TCP4, "1", "http2", false, "http", ACTIVATION_TCP, 0, 0,
      -ENOENT, "" },
    { "no names at all", TCP4, "1", NULL, false, "http", ACTIVATION_TCP, 0, 0, -ENOENT, "" },
    { "for another process", TCP4, "1", "http", true, "http", ACTIVATION_TCP, 0, 0, -ENOENT, "" },
    { "no number", TCP4, NULL, "http", false, "http", ACTIVATION_TCP, 0, 0, -ENOENT, "" },
    { "none", TCP4, "0", "", false, "http", ACTIVATION_TCP, 0, 0, -ENOENT, "" },
    { "a number that is none", TCP4, "1x", "http", false, "http", ACTIVATION_TCP, 0, -EINVAL, 0,
      "LISTEN_FDS must be a number" },
    { "too many", TCP4, "17", "http", false, "http", ACTIVATION_TCP, 0, -EINVAL, 0,
      "LISTEN_FDS must be a number up to 16" },
    { "huge", TCP4, "4294967297", "http", false, "http", ACTIVATION_TCP, 0, -EINVAL, 0,
      "LISTEN_FDS must be" },
    { "more than there are", TCP4, "2", "http:tftp", false, "http", ACTIVATION_TCP, 0, -EBADF, 0,
      "descriptor 4" },
    { "not a socket", FILE_NULL, "1", "http", false, "http", ACTIVATION_TCP, 0, 0, -EPROTOTYPE,
      "the socket 'http' that was handed over is not a listening IPv4 TCP" },
    { "UDP for TCP", UDP4, "1", "http", false, "http", ACTIVATION_TCP, 0, 0, -EPROTOTYPE,
      "ListenStream=0.0.0.0:PORT" },
    { "IPv6", TCP6, "1", "http", false, "http", ACTIVATION_TCP, 0, 0, -EPROTOTYPE, "IPv4" },
    { "TCP that does not listen", TCP4_IDLE, "1", "http", false, "http", ACTIVATION_TCP, 0, 0,
      -EPROTOTYPE, "listening" },
    { "TCP for UDP", TCP4, "1", "tftp", false, "tftp", ACTIVATION_UDP, 0, 0, -EPROTOTYPE,
      "ListenDatagram=0.0.0.0:PORT" },
    { "unix that does not listen", UNIX_IDLE, "1", "control", false, "control", ACTIVATION_UNIX, 0,
      0, -EPROTOTYPE, "unix" },
    { "another port", TCP4, "1", "http", false, "http", ACTIVATION_TCP, 1, 0, -EADDRNOTAVAIL,
      "the configuration says 1" },
};

/* Exits with 0 when the row's wishes come true; says what did not. */
static void run_row(const struct row *row)
{
    struct activation given;
    char data[512], pid[32];
    struct text why = text_over(data, sizeof data);
    int fd = make(row->made);

    if (fd < 0 || dup2(fd, 3) != 3)
        _exit(2);
    (void)close_range(4, ~0U, 0);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid() + row->foreign);
    setenv("LISTEN_PID", pid, 1);
    if (row->count)
        setenv("LISTEN_FDS", row->count, 1);
    if (row->names)
        setenv("LISTEN_FDNAMES", row->names, 1);
    int r = activation_read(&given, &why);
    if (r != row->want_read || (!row->foreign && row->count && getenv("LISTEN_FDS")))
        _exit(3);
    if (r == 0) {
        r = activation_take(&given, row->ask, row->kind, row->port, &why);
        if (r != (row->want_take == 1 ? 3 : row->want_take))
            _exit(4);
    }
    if (!strstr(data, row->words) || (row->words[0] == 0 && why.len > 0))
        _exit(5);
    if (r == 3 && (fcntl(3, F_GETFD) != FD_CLOEXEC || !(fcntl(3, F_GETFL) & O_NONBLOCK)))
        _exit(6);
    if (r == 3 && (activation_left(&given) ||
                   activation_take(&given, row->ask, row->kind, 0, &why) != -ENOENT))
        _exit(7); /* taken once */
    activation_close(&given);
    _exit((r == 3) != (fcntl(3, F_GETFD) >= 0) && given.count > 0 ? 8 : 0);
}

static void each_row_in_a_process(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0)
            run_row(&rows[i]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: status 0x%x", rows[i].label, (unsigned)status);
    }
}

int main(void)
{
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_in_a_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

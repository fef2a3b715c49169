/* See tcp.h. Linux only: accept4, sendfile, MSG_MORE in place of TCP_CORK (one system call less per
 * answer; sendfile itself ends the hold). */
#include "net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_SLICE_MAX (UINT64_C(1) << 30)

static struct sockaddr_in to_sockaddr(struct endpoint at)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(at.port),
        .sin_addr.s_addr = htonl(at.addr.value),
    };
}

static struct endpoint from_sockaddr(const struct sockaddr_in *sa)
{
    return (struct endpoint){ .addr = { ntohl(sa->sin_addr.s_addr) }, .port = ntohs(sa->sin_port) };
}

static int set_up(int fd, struct endpoint at, int backlog, const char *device)
{
    const int on = 1;
    struct sockaddr_in sa = to_sockaddr(at);

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        return -errno;
    if (device &&
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1) < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa) < 0)
        return -errno;
    return listen(fd, backlog) < 0 ? -errno : 0;
}

int tcp_adopt(int fd)
{
    const int on = 1;
    /* sendfile() has no MSG_NOSIGNAL: without this a client that leaves would end the process. */
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    if (sigaction(SIGPIPE, &ignore, NULL) < 0)
        return -errno;
    /* Inherited by accepted sockets. */
    return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ? -errno : 0;
}

int tcp_listen(struct endpoint at, int backlog, const char *device)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = tcp_adopt(fd);
    if (r == 0)
        r = set_up(fd, at, backlog, device);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

int tcp_find_free(struct endpoint at)
{
    const int on = 1;
    struct sockaddr_in sa = to_sockaddr(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* Only listeners are in the way, not what is left of old connections. */
    int r = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa) < 0)
        r = -errno;
    close(fd);
    return r;
}

struct endpoint tcp_local(int fd)
{
    struct sockaddr_in sa = { 0 };
    socklen_t len = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)(void *)&sa, &len) < 0 || sa.sin_family != AF_INET)
        return (struct endpoint){ 0 };
    return from_sockaddr(&sa);
}

int tcp_accept(int listen_fd, struct endpoint *ret_peer)
{
    for (;;) {
        struct sockaddr_in sa = { 0 };
        socklen_t len = sizeof sa;
        int fd =
            accept4(listen_fd, (struct sockaddr *)(void *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            *ret_peer = from_sockaddr(&sa);
            return fd;
        }
        if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO)
            return -errno;
    }
}

int64_t tcp_receive(int fd, void *out, size_t cap)
{
    ssize_t n;
    do
        n = recv(fd, out, cap, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int64_t tcp_send(int fd, const void *data, size_t len, bool more)
{
    ssize_t n;
    do
        n = send(fd, data, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int64_t tcp_read_file(int file_fd, void *out, size_t len, uint64_t offset)
{
    ssize_t n;
    do
        n = pread(file_fd, out, len, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int64_t send_by_copy(int fd, int file_fd, uint64_t offset, uint64_t len)
{
    uint8_t buffer[16384];
    int64_t n = tcp_read_file(file_fd, buffer, min_size((size_t)len, sizeof buffer), offset);
    return n <= 0 ? n : tcp_send(fd, buffer, (size_t)n, false);
}

int64_t tcp_send_file(int fd, int file_fd, uint64_t offset, uint64_t len)
{
    off_t at = (off_t)offset;
    ssize_t n;

    if (len > FILE_SLICE_MAX)
        len = FILE_SLICE_MAX;
    do
        n = sendfile(fd, file_fd, &at, (size_t)len);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EINVAL || errno == ENOSYS))
        return send_by_copy(fd, file_fd, offset, len);
    return n < 0 ? -errno : n;
}

void tcp_finish(int fd)
{
    shutdown(fd, SHUT_WR);
}

void tcp_set_reset(int fd)
{
    const struct linger linger = { .l_onoff = 1 };
    /* Failing leaves an ordinary close; Content-Length still tells the client. */
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

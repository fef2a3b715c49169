/* SOCK_SEQPACKET of the unix family, descriptors by SCM_RIGHTS (unix(7)). An empty message would
 * look like the end, so none is sent. */
#include "net/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    char data[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

int channel_pair(int ret_ends[2])
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        int r = -errno;
        close(ends[0]);
        close(ends[1]);
        return r;
    }
    ret_ends[0] = ends[0];
    ret_ends[1] = ends[1];
    return 0;
}

int channel_send(int end, struct span message, int fd)
{
    /* sendmsg() only reads through it. */
    union {
        const uint8_t *in;
        void *out;
    } data = { .in = message.data };
    struct iovec part = { .iov_base = data.out, .iov_len = message.len };
    union control control = { 0 };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t n;

    assert(message.len > 0 && message.len <= CHANNEL_MESSAGE_MAX);
    if (fd >= 0) {
        header.msg_control = control.data;
        header.msg_controllen = sizeof control.data;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    do
        n = sendmsg(end, &header, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* The one descriptor a message may carry; what else came is closed. */
static int take_descriptor(struct msghdr *header)
{
    int found = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (found < 0)
                found = fd;
            else
                close(fd);
        }
    }
    return found;
}

static int64_t receive(int end, uint8_t *buffer, int flags, int *ret_fd)
{
    struct iovec part = { .iov_base = buffer, .iov_len = CHANNEL_MESSAGE_MAX };
    union control control;
    struct msghdr header = { .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.data,
                             .msg_controllen = sizeof control.data };
    ssize_t n;

    do
        n = recvmsg(end, &header, MSG_CMSG_CLOEXEC | flags);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    int fd = take_descriptor(&header);
    if (n > 0 && (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        if (fd >= 0)
            close(fd);
        return -EMSGSIZE;
    }
    *ret_fd = fd;
    return n;
}

int64_t channel_receive(int end, uint8_t *buffer, int *ret_fd)
{
    return receive(end, buffer, 0, ret_fd);
}

void channel_drain(int end)
{
    uint8_t buffer[CHANNEL_MESSAGE_MAX];
    int64_t n;
    do {
        int fd = -1;
        n = receive(end, buffer, MSG_DONTWAIT, &fd);
        if (fd >= 0)
            close(fd);
    } while (n > 0 || n == -EMSGSIZE);
}

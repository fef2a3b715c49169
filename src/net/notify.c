/* See notify.h. */
#include "net/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define MICROSECONDS_MAX ((uint64_t)24 * 3600 * 1000 * 1000)

int notify_open(int *ret_fd)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    size_t len = name ? strlen(name) : 0;

    *ret_fd = -1;
    if (len == 0)
        return 0;
    if ((name[0] != '/' && name[0] != '@') || len < 2)
        return -EAFNOSUPPORT;
    if (len >= sizeof addr.sun_path)
        return -ENAMETOOLONG;
    memcpy(addr.sun_path, name, len);
    if (name[0] == '@')
        addr.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* An abstract name has no end but the address's length. */
    if (connect(fd, (const struct sockaddr *)&addr,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

void notify_send(int fd, const char *message)
{
    if (fd >= 0)
        (void)!send(fd, message, strlen(message), MSG_NOSIGNAL);
}

void notify_ready(int fd, const char *status)
{
    char buffer[1024];
    struct text message = text_over(buffer, sizeof buffer);
    text_addf(&message, "READY=1\nSTATUS=%s", status);
    notify_send(fd, buffer);
}

void notify_reloading(int fd, struct instant now)
{
    char buffer[128];
    struct text message = text_over(buffer, sizeof buffer);
    text_add(&message, "RELOADING=1\nMONOTONIC_USEC=");
    text_add_number(&message, (uint64_t)now.ns / 1000);
    notify_send(fd, buffer);
}

static bool read_number(const char *name, uint64_t most, uint64_t *ret_value)
{
    const char *text = getenv(name);
    uint64_t value = 0;

    if (!text || text[0] == 0)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > most)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *ret_value = value;
    return value <= most;
}

uint64_t notify_watchdog_ms(void)
{
    uint64_t period = 0, pid = 0;

    if (!read_number("WATCHDOG_USEC", MICROSECONDS_MAX, &period) || period < 2000)
        return 0;
    /* Meant for another process of the service when it names one. */
    if (getenv("WATCHDOG_PID") &&
        (!read_number("WATCHDOG_PID", UINT32_MAX, &pid) || pid != (uint64_t)getpid()))
        return 0;
    return period / 2000;
}

/* See activation.h. */
#include "net/activation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3

/* A number of a few digits and nothing else; -1 otherwise. */
static int64_t number_of(const char *text)
{
    int64_t value = 0;
    if (!text || text[0] == 0 || strlen(text) > 10)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
    }
    return value;
}

/* Names stand between colons, in the order of the descriptors. */
static void read_name(const char **names, char name[ACTIVATION_NAME_MAX])
{
    size_t len = *names ? strcspn(*names, ":") : 0;
    span_to_text(span_of(*names ? *names : "", len), name, ACTIVATION_NAME_MAX);
    if (*names)
        *names += len + ((*names)[len] == ':');
}

static int prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

static int read_rows(struct activation *given, int64_t count, const char *names, struct text *why)
{
    if (count < 0 || count > ACTIVATION_MAX) {
        text_addf(why, "LISTEN_FDS must be a number up to %d", ACTIVATION_MAX);
        return -EINVAL;
    }
    for (int i = 0; i < (int)count; i++) {
        struct activation_socket *row = &given->rows[i];
        int r = prepare(FIRST_FD + i);
        if (r < 0) {
            text_addf(why, "LISTEN_FDS says %d sockets were handed over, but descriptor %d: %s",
                      (int)count, FIRST_FD + i, strerror(-r));
            return r;
        }
        row->fd = FIRST_FD + i;
        read_name(&names, row->name);
        given->count++;
    }
    return 0;
}

int activation_read(struct activation *ret_given, struct text *why)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    *ret_given = (struct activation){ 0 };
    if (!pid || !count || number_of(pid) != getpid())
        return 0;
    int r = read_rows(ret_given, number_of(count), getenv("LISTEN_FDNAMES"), why);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return r;
}

static int option_of(int fd, int option)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

static int check(const struct activation_socket *row, enum activation_kind kind, uint16_t port,
                 struct text *why)
{
    static const struct {
        int family, type;
        const char *words;
    } kinds[] = {
        [ACTIVATION_TCP] = { AF_INET, SOCK_STREAM,
                             "a listening IPv4 TCP socket (ListenStream=0.0.0.0:PORT)" },
        [ACTIVATION_UDP] = { AF_INET, SOCK_DGRAM,
                             "a bound IPv4 UDP socket (ListenDatagram=0.0.0.0:PORT)" },
        [ACTIVATION_UNIX] = { AF_UNIX, SOCK_STREAM,
                              "a listening unix stream socket (ListenStream=/PATH)" },
    };
    union {
        struct sockaddr_storage any;
        struct sockaddr_in in;
    } name = { 0 };
    socklen_t len = sizeof name;

    if (getsockname(row->fd, (struct sockaddr *)&name, &len) < 0 ||
        name.any.ss_family != kinds[kind].family ||
        option_of(row->fd, SO_TYPE) != kinds[kind].type ||
        (kind != ACTIVATION_UDP && option_of(row->fd, SO_ACCEPTCONN) != 1)) {
        text_addf(why, "the socket '%s' that was handed over is not %s", row->name,
                  kinds[kind].words);
        return -EPROTOTYPE;
    }
    if (port != 0 && ntohs(name.in.sin_port) != port) {
        text_addf(why,
                  "the socket '%s' that was handed over has port %u, the configuration says %u: "
                  "machines are told of that one, so make them the same",
                  row->name, ntohs(name.in.sin_port), port);
        return -EADDRNOTAVAIL;
    }
    return 0;
}

int activation_take(struct activation *given, const char *name, enum activation_kind kind,
                    uint16_t port, struct text *why)
{
    for (uint8_t i = 0; i < given->count; i++) {
        struct activation_socket *row = &given->rows[i];
        if (row->fd < 0 || strcmp(row->name, name) != 0)
            continue;
        int r = check(row, kind, port, why);
        int fd = row->fd;
        if (r == 0)
            row->fd = -1;
        return r == 0 ? fd : r;
    }
    return -ENOENT;
}

const char *activation_left(const struct activation *given)
{
    for (uint8_t i = 0; i < given->count; i++)
        if (given->rows[i].fd >= 0)
            return given->rows[i].name;
    return NULL;
}

void activation_close(struct activation *given)
{
    for (uint8_t i = 0; i < given->count; i++) {
        if (given->rows[i].fd >= 0)
            close(given->rows[i].fd);
        given->rows[i].fd = -1;
    }
}

/* See host_names.h. The C library's getifaddrs() asks the kernel over netlink. */
#include "net/host_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/span.h"

bool host_names_add(struct host_names *names, const char *name)
{
    for (uint8_t i = 0; i < names->count; i++)
        if (strcmp(names->rows[i], name) == 0)
            return true;
    if (names->count == HOST_NAMES_MAX || strlen(name) >= HOST_NAME_TEXT_MAX)
        return false;
    span_to_text(span_text(name), names->rows[names->count++], HOST_NAME_TEXT_MAX);
    return true;
}

void host_name_read(char out[HOST_NAME_TEXT_MAX])
{
    memset(out, 0, HOST_NAME_TEXT_MAX);
    if (gethostname(out, HOST_NAME_TEXT_MAX - 1) < 0 || out[0] == 0)
        span_to_text(span_text("localhost"), out, HOST_NAME_TEXT_MAX);
}

static void add_own_name(struct host_names *names)
{
    char name[HOST_NAME_TEXT_MAX];
    host_name_read(name);
    (void)host_names_add(names, name);
    size_t dot = span_find(span_text(name), '.');
    if (dot > 0 && name[dot] != 0) {
        name[dot] = 0;
        (void)host_names_add(names, name);
    }
    (void)host_names_add(names, "localhost");
}

static const char *address_text(const struct sockaddr *address, char *out, socklen_t cap)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address && address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return inet_ntop(AF_INET, &v4.sin_addr, out, cap);
    }
    if (address && address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        if (!IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
            return inet_ntop(AF_INET6, &v6.sin6_addr, out, cap);
    }
    return NULL;
}

int host_names_read(struct host_names *ret_names)
{
    struct ifaddrs *first = NULL;
    char text[INET6_ADDRSTRLEN];

    ret_names->count = 0;
    add_own_name(ret_names);
    if (getifaddrs(&first) < 0)
        return -errno;
    for (const struct ifaddrs *at = first; at; at = at->ifa_next)
        if (address_text(at->ifa_addr, text, sizeof text))
            (void)host_names_add(ret_names, text);
    freeifaddrs(first);
    return 0;
}

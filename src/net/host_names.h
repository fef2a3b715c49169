/* What this machine is called and reached at, as names for a certificate. */
#ifndef NET_HOST_NAMES_H
#define NET_HOST_NAMES_H

#include "base/checked.h"

#define HOST_NAMES_MAX     96
#define HOST_NAME_TEXT_MAX 128

struct host_names {
    char rows[HOST_NAMES_MAX][HOST_NAME_TEXT_MAX];
    uint8_t count;
};

/* The host name, whole and without its domain (in that order; "localhost" where there is none),
 * then every IPv4 and IPv6 address of an interface, link-local ones left out. Nothing is asked over
 * the network. What exceeds HOST_NAMES_MAX is left out. 0 or a negative errno. */
must_check int host_names_read(struct host_names *ret_names);

/* The host name alone, as it is set; "localhost" where there is none. */
void host_name_read(char out[HOST_NAME_TEXT_MAX]);

/* Add one; false when there is no room. A name that is there already is not added again. */
bool host_names_add(struct host_names *names, const char *name);

#endif

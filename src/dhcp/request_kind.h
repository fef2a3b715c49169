/* Which of the four REQUESTs a client sent (RFC 2131 4.3.2, 4.3.6). */
#ifndef DHCP_REQUEST_KIND_H
#define DHCP_REQUEST_KIND_H

#include <stdbool.h>

enum request_kind {
    REQUEST_ILL_FORMED,
    REQUEST_SELECTING,
    REQUEST_INIT_REBOOT,
    REQUEST_RENEWING,
    REQUEST_REBINDING,
};

/* `unicast`: it was sent to an address of ours, and not passed on by a relay. */
enum request_kind request_kind_of(bool has_server, bool has_requested, bool has_ciaddr,
                                  bool unicast);

/* "selecting", "init-reboot", ...: for events. */
const char *request_kind_name(enum request_kind kind);

#endif

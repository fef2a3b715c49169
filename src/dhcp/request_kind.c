/* See request_kind.h. */
#include "dhcp/request_kind.h"

/* RFC 2131 4.3.2, table 4.    [server id?][requested address?][ciaddr?][unicast?]
 * Not in the table but seen: a client in SELECTING that also fills ciaddr, and one that renews and
 * names the address twice. Both are clear in what they mean. All others: REQUEST_ILL_FORMED. */
static const enum request_kind request_kinds[2][2][2][2] = {
    [1][1][0][0] = REQUEST_SELECTING,   [1][1][0][1] = REQUEST_SELECTING,
    [1][1][1][0] = REQUEST_SELECTING,   [1][1][1][1] = REQUEST_SELECTING,
    [0][1][0][0] = REQUEST_INIT_REBOOT, [0][1][0][1] = REQUEST_INIT_REBOOT,
    [0][0][1][0] = REQUEST_REBINDING,   [0][0][1][1] = REQUEST_RENEWING,
    [0][1][1][0] = REQUEST_REBINDING,   [0][1][1][1] = REQUEST_RENEWING,
};

enum request_kind request_kind_of(bool has_server, bool has_requested, bool has_ciaddr,
                                  bool unicast)
{
    return request_kinds[has_server][has_requested][has_ciaddr][unicast];
}

const char *request_kind_name(enum request_kind kind)
{
    static const char *const names[] = {
        [REQUEST_ILL_FORMED] = "ill-formed",   [REQUEST_SELECTING] = "selecting",
        [REQUEST_INIT_REBOOT] = "init-reboot", [REQUEST_RENEWING] = "renewing",
        [REQUEST_REBINDING] = "rebinding",
    };
    return names[kind];
}

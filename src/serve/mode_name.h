/* The words of `dhcp.mode`. */
#ifndef SERVE_MODE_NAME_H
#define SERVE_MODE_NAME_H

#include "dhcp/exchange.h"

static inline const char *mode_name(enum dhcp_mode mode)
{
    static const char *const names[] = { "off", "proxy", "server" };
    return names[mode];
}

#endif

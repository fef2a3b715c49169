/* See client.h. */
#include "model/client.h"

const char *client_kind_name(enum client_kind kind)
{
    static const char *const names[] = {
        [CLIENT_UNKNOWN] = "unknown", [CLIENT_OS] = "os",
        [CLIENT_PXE] = "pxe",         [CLIENT_HTTP] = "http",
        [CLIENT_IPXE] = "ipxe",       [CLIENT_RPI] = "raspberry-pi",
        [CLIENT_UBOOT] = "u-boot",    [CLIENT_PETITBOOT] = "petitboot",
    };
    return kind < sizeof names / sizeof names[0] ? names[kind] : names[CLIENT_UNKNOWN];
}

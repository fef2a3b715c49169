/* See pxe_options.h. Constant texts: nothing in them depends on the client. */
#include "dhcp/pxe_options.h"

static const uint8_t plain[] = { PXE_DISCOVERY_CONTROL, 1, 0x08, PXE_END };

static const uint8_t raspberry_pi[] = {
    PXE_DISCOVERY_CONTROL, 1, 0x03, /* no broadcast, no multicast discovery */
    /* prompt: time-out 0 = take the first entry at once */
    PXE_MENU_PROMPT, 4, 0, 'P', 'X', 'E',
    /* type 0 = boot from here, then the text its ROM looks for */
    PXE_BOOT_MENU, 20, 0, 0, 17, 'R', 'a', 's', 'p', 'b', 'e', 'r', 'r', 'y', ' ', 'P', 'i', ' ',
    'B', 'o', 'o', 't', PXE_END
};

static const uint8_t no_proxy[] = { IPXE_NO_PXEDHCP, 1, 1 };

static const uint8_t as_proxy[] = { IPXE_PRIORITY, 1, 1, IPXE_NO_PXEDHCP, 1, 1 };

struct span pxe_options_plain(void)
{
    return span_of(plain, sizeof plain);
}

struct span pxe_options_raspberry_pi(void)
{
    return span_of(raspberry_pi, sizeof raspberry_pi);
}

struct span pxe_options_no_proxy(void)
{
    return span_of(no_proxy, sizeof no_proxy);
}

struct span pxe_options_as_proxy(void)
{
    return span_of(as_proxy, sizeof as_proxy);
}

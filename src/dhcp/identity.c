/* See identity.h. */
#include "dhcp/identity.h"

enum dhcp4_flaw identity_read(const struct dhcp4_header *header,
                              const struct dhcp4_options *options, struct identity *ret_identity)
{
    struct mac mac = dhcp4_header_mac(header);

    if (header->htype != DHCP4_HTYPE_ETHERNET || header->hlen != sizeof mac.bytes)
        return DHCP4_HARDWARE_UNKNOWN;
    if (mac_is_zero(mac) || (mac.bytes[0] & 1) != 0)
        return DHCP4_HARDWARE_VOID;
    ret_identity->mac = mac;
    ret_identity->client_id = dhcp4_options_get(options, OPTION_CLIENT_ID);
    return DHCP4_SOUND;
}

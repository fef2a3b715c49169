/* See foreign.h. */
#include "dhcp/foreign.h"

static bool names_boot(const struct dhcp4_header *h, const struct dhcp4_options *o)
{
    struct span vendor = dhcp4_options_get(o, OPTION_VENDOR_CLASS);
    bool file_is_name = (dhcp4_options_u8(o, OPTION_OVERLOAD) & 1) == 0;

    return span_starts_with(vendor, "PXEClient") || span_starts_with(vendor, "HTTPClient") ||
           dhcp4_options_get(o, OPTION_BOOT_FILE).len > 0 || (file_is_name && h->file[0] != 0);
}

enum dhcp4_flaw foreign_server_read(struct span bytes, struct arena *scratch,
                                    struct foreign_server *ret_server)
{
    struct dhcp4_header header;
    struct reader r = reader_over(bytes);

    if (bytes.len > DHCP4_MESSAGE_MAX)
        return DHCP4_TOO_LONG;
    enum dhcp4_flaw flaw = dhcp4_header_decode(&r, &header);
    if (flaw != DHCP4_SOUND)
        return flaw;
    if (header.op != DHCP4_OP_REPLY)
        return DHCP4_NOT_A_REPLY;
    struct dhcp4_options *options = arena_new(scratch, struct dhcp4_options);
    if (!options)
        return DHCP4_OPTIONS_TOO_MANY;
    flaw = dhcp4_options_read(reader_rest(&r), &header, scratch, options);
    if (flaw != DHCP4_SOUND)
        return flaw;

    uint8_t type = dhcp4_options_u8(options, OPTION_MESSAGE_TYPE);
    if (type != DHCP4_OFFER && type != DHCP4_ACK && type != DHCP4_NAK)
        return type == 0 ? DHCP4_NO_TYPE : DHCP4_TYPE_INVALID;
    struct ipv4 server = dhcp4_options_ipv4(options, OPTION_SERVER_ID);
    if (ipv4_is_none(server))
        server = header.siaddr;
    if (!ipv4_is_unicast(server))
        return DHCP4_ADDRESS_MISSING;
    *ret_server = (struct foreign_server){ .server = server,
                                           .client = dhcp4_header_mac(&header),
                                           .type = (enum dhcp4_type)type,
                                           .gives_address = !ipv4_is_none(header.yiaddr),
                                           .boots = names_boot(&header, options),
                                           .address = header.yiaddr,
                                           .next_server = header.siaddr };
    return DHCP4_SOUND;
}

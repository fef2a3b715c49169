/* See reply4.h. RFC 2131 4.3.1 (table 3), PXE 2.1 2.2, RFC 4578; what EDK2, iPXE and the Raspberry
 * Pi want is in boot_styles and cited there. */
#include "dhcp/reply4.h"

#include "dhcp/options_write.h"
#include "dhcp/pxe_options.h"

/* What one kind of client gets besides siaddr, `file` and 67. */
struct boot_style {
    const char *vendor_class;    /* option 60, NULL = none */
    struct span (*vendor)(void); /* option 43, NULL = none */
    bool echo_uuid;              /* option 97 */
    bool server_name;            /* option 66 */
    struct span (*ipxe)(void);   /* option 175, NULL = none */
    bool config_file;            /* option 209 in place of 67 and `file` */
};

/* [kind][proxy?]. EDK2: option 60 PXEClient without 43 means "ask me on port 4011", so the two go
 * together always; an HTTPClient must get its own class back and no 43. iPXE takes 60 with 43 for a
 * proxy's whole offer; from an address server it needs only 175.176, which spares it two seconds of
 * waiting for a proxy. Broadcom's signed build is told of a proxy by siaddr alone (175.1). */
static const struct boot_style boot_styles[][2] = {
    [CLIENT_PXE] = { { "PXEClient", pxe_options_plain, .echo_uuid = true, .server_name = true },
                     { "PXEClient", pxe_options_plain, .echo_uuid = true, .server_name = true } },
    [CLIENT_HTTP] = { { "HTTPClient" }, { "HTTPClient" } },
    [CLIENT_IPXE] = { { .ipxe = pxe_options_no_proxy, .server_name = true },
                      { "PXEClient", pxe_options_plain, .echo_uuid = true,
                        .ipxe = pxe_options_as_proxy } },
    [CLIENT_RPI] = { { "PXEClient", pxe_options_raspberry_pi, .echo_uuid = true,
                       .server_name = true },
                     { "PXEClient", pxe_options_raspberry_pi, .echo_uuid = true,
                       .server_name = true } },
    [CLIENT_UBOOT] = { { .server_name = true }, { .server_name = true } },
    [CLIENT_PETITBOOT] = { { .config_file = true }, { .config_file = true } },
};

static bool has_boot(const struct client *client, const struct choice *choice)
{
    return choice && choice->kind != CHOICE_NOTHING && client->kind != CLIENT_OS &&
           client->kind != CLIENT_UNKNOWN;
}

const char *reply4_boot_name(const struct client *client, const struct choice *choice)
{
    if (!has_boot(client, choice))
        return "";
    bool by_url = choice->kind == CHOICE_SCRIPT || client->kind == CLIENT_HTTP ||
                  client->kind == CLIENT_PETITBOOT || choice->transport == TRANSPORT_HTTP;
    return by_url && choice->url[0] != 0 ? choice->url : choice->file;
}

static struct dhcp4_header reply_header(const struct dhcp4_input *in, const struct message4 *m,
                                        const struct reply4_plan *plan)
{
    struct dhcp4_header h = { .op = DHCP4_OP_REPLY,
                              .htype = m->header.htype,
                              .hlen = m->header.hlen,
                              .xid = m->header.xid,
                              .flags = m->header.flags,
                              .yiaddr = plan->yiaddr,
                              .giaddr = m->header.giaddr };
    memcpy(h.chaddr, m->header.chaddr, sizeof h.chaddr);
    if (plan->type == DHCP4_ACK)
        h.ciaddr = m->header.ciaddr;
    /* RFC 2131 4.3.2: the relay must broadcast a NAK, its client has no right to an address. */
    if (plan->type == DHCP4_NAK && !ipv4_is_none(h.giaddr))
        h.flags |= DHCP4_FLAG_BROADCAST;
    if (plan->type != DHCP4_NAK && has_boot(&m->client, plan->choice)) {
        struct span name = span_text(reply4_boot_name(&m->client, plan->choice));
        h.siaddr = in->from.local;
        /* NUL-terminated: ROMs read it as a C string. */
        if (name.len < sizeof h.file && !boot_styles[m->client.kind][plan->proxy].config_file)
            memcpy(h.file, name.data, name.len);
    }
    return h;
}

static void write_lease(struct options_writer *o, uint32_t lease_s)
{
    if (lease_s == 0)
        return;
    options_write_be32(o, OPTION_LEASE_TIME, lease_s);
    /* RFC 2131 4.4.5: half, and seven eighths */
    options_write_be32(o, OPTION_RENEWAL_TIME, lease_s / 2);
    options_write_be32(o, OPTION_REBINDING_TIME, lease_s - lease_s / 8);
}

static void write_network(struct options_writer *o, const struct subnet *subnet)
{
    if (!subnet)
        return;
    options_write_ipv4(o, OPTION_SUBNET_MASK, ipv4_prefix_mask(subnet->network));
    if (!ipv4_is_none(subnet->router))
        options_write_ipv4(o, OPTION_ROUTER, subnet->router);
    if (subnet->dns_count > 0) {
        uint8_t bytes[4 * SUBNET_DNS_MAX];
        struct writer w = writer_over(bytes, sizeof bytes);
        for (uint8_t i = 0; i < subnet->dns_count; i++)
            writer_be32(&w, subnet->dns[i].value);
        options_write(o, OPTION_DNS, writer_span(&w));
    }
}

static void write_boot(struct options_writer *o, const struct dhcp4_input *in,
                       const struct message4 *m, const struct reply4_plan *plan)
{
    if (!has_boot(&m->client, plan->choice))
        return;
    const struct boot_style *style = &boot_styles[m->client.kind][plan->proxy];
    struct span name = span_text(reply4_boot_name(&m->client, plan->choice));

    if (style->vendor_class)
        options_write(o, OPTION_VENDOR_CLASS, span_text(style->vendor_class));
    if (style->vendor)
        options_write(o, OPTION_VENDOR, style->vendor());
    if (style->echo_uuid && dhcp4_options_has(&m->options, OPTION_CLIENT_UUID))
        options_write(o, OPTION_CLIENT_UUID, dhcp4_options_get(&m->options, OPTION_CLIENT_UUID));
    if (name.len > 0)
        options_write(o, style->config_file ? OPTION_PXE_CONFIG_FILE : OPTION_BOOT_FILE, name);
    if (style->ipxe)
        options_write(o, OPTION_IPXE, style->ipxe());
    if (style->server_name) {
        char text[IPV4_TEXT_MAX];
        ipv4_format(in->from.local, text);
        options_write_if_room(o, OPTION_TFTP_SERVER, span_text(text));
    }
}

bool reply4_build(const struct dhcp4_input *in, const struct message4 *m,
                  const struct reply4_plan *plan, struct arena *scratch, struct span *ret_reply)
{
    size_t limit = options_write_limit(dhcp4_options_be16(&m->options, OPTION_MAX_SIZE),
                                       in->from.mtu, DHCP4_REPLY_MAX);
    uint8_t *block = arena_alloc(scratch, limit);
    if (!block)
        return false;
    struct writer w = writer_over(block, limit);
    struct dhcp4_header header = reply_header(in, m, plan);

    dhcp4_header_encode(&w, &header);
    struct options_writer o = options_write_begin(&w, limit, m->relay.info);
    options_write_u8(&o, OPTION_MESSAGE_TYPE, (uint8_t)plan->type);
    options_write_ipv4(&o, OPTION_SERVER_ID, in->from.local);
    if (plan->type == DHCP4_NAK) {
        if (plan->message)
            options_write_if_room(&o, OPTION_MESSAGE, span_text(plan->message));
    } else {
        write_lease(&o, plan->lease_s);
        write_network(&o, plan->subnet);
        write_boot(&o, in, m, plan);
        if (plan->subnet && plan->subnet->domain[0] != 0)
            options_write_if_room(&o, OPTION_DOMAIN, span_text(plan->subnet->domain));
    }
    if (m->relay.has_selection) /* RFC 3011: must be echoed */
        options_write_ipv4(&o, OPTION_SUBNET_SELECTION, m->relay.selection);
    if (m->identity.client_id.len > 0) /* RFC 6842 3 */
        options_write_if_room(&o, OPTION_CLIENT_ID, m->identity.client_id);
    if (!options_write_end(&o))
        return false;
    *ret_reply = writer_span(&w);
    return true;
}

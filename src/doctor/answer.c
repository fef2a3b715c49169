/* See answer.h. Reads as a client reads: option 67 counts before `file` (RFC 2132 9.5), option 54
 * says who it is, siaddr counts before option 66, which is believed only where it is an address. */
#include "doctor/answer.h"

#include "base/text.h"

#include "dhcp/pxe_options.h"

static struct span cut_at_nul(struct span s)
{
    return span_slice(s, 0, span_find(s, 0));
}

static void read_file(const struct dhcp4_header *h, const struct dhcp4_options *o,
                      struct doctor_answer *a)
{
    struct span name = cut_at_nul(dhcp4_options_get(o, OPTION_BOOT_FILE));
    struct text out = text_over(a->file, sizeof a->file);

    if (name.len == 0 && (dhcp4_options_u8(o, OPTION_OVERLOAD) & 1) == 0)
        name = cut_at_nul(span_of(h->file, sizeof h->file));
    text_add_span(&out, name);
    a->is_url = span_starts_with(name, "http://") || span_starts_with(name, "https://");
}

static void read_facts(const struct dhcp4_header *h, const struct dhcp4_options *o,
                       struct ipv4 source, struct doctor_answer *a)
{
    struct span vendor_class = dhcp4_options_get(o, OPTION_VENDOR_CLASS);
    struct span control =
        dhcp4_suboption_find(dhcp4_options_get(o, OPTION_VENDOR), PXE_DISCOVERY_CONTROL);

    a->server = dhcp4_options_ipv4(o, OPTION_SERVER_ID);
    if (ipv4_is_none(a->server))
        a->server = source;
    a->address = h->yiaddr;
    a->next_server = h->siaddr;
    if (ipv4_is_none(a->next_server))
        (void)ipv4_parse(cut_at_nul(dhcp4_options_get(o, OPTION_TFTP_SERVER)), &a->next_server);
    a->says_pxe = span_starts_with(vendor_class, "PXEClient");
    a->says_http = span_starts_with(vendor_class, "HTTPClient");
    a->has_vendor = dhcp4_options_has(o, OPTION_VENDOR);
    a->loads_at_once = control.len == 1 && (control.data[0] & 8) != 0;
    read_file(h, o, a);
}

bool answer_read(struct span bytes, struct ipv4 source, uint32_t seed, struct arena *scratch,
                 struct doctor_answer *ret_answer)
{
    struct doctor_answer answer = { 0 };
    struct dhcp4_header header;
    struct reader r = reader_over(bytes);
    size_t before = scratch->used;
    bool sound = false;

    if (bytes.len > DHCP4_MESSAGE_MAX || dhcp4_header_decode(&r, &header) != DHCP4_SOUND ||
        header.op != DHCP4_OP_REPLY ||
        !pose_find(dhcp4_header_mac(&header), header.xid, seed, &answer.pose))
        return false;
    struct dhcp4_options *options = arena_new(scratch, struct dhcp4_options);
    if (options && dhcp4_options_read(reader_rest(&r), &header, scratch, options) == DHCP4_SOUND) {
        uint8_t type = dhcp4_options_u8(options, OPTION_MESSAGE_TYPE);
        sound = type == DHCP4_OFFER || type == DHCP4_ACK;
        read_facts(&header, options, source, &answer);
    }
    scratch->used = before;
    if (sound)
        *ret_answer = answer;
    return sound;
}

/* See message4.h. The checks that RFC 2131 demands of every message are here; what a state of the
 * exchange demands is in the cores. */
#include "dhcp/message4.h"

#include "dhcp/limit.h"
#include "dhcp/outcome.h"

/* RFC 1542 4.1.1 */
#define HOPS_MAX 16

static enum dhcp4_flaw check_header(const struct dhcp4_header *h)
{
    if (h->op != DHCP4_OP_REQUEST)
        return DHCP4_NOT_A_REQUEST;
    if (h->hops > HOPS_MAX)
        return DHCP4_TOO_MANY_HOPS;
    if (!ipv4_is_none(h->giaddr) && !ipv4_is_unicast(h->giaddr))
        return DHCP4_RELAY_INVALID;
    return DHCP4_SOUND;
}

static enum dhcp4_flaw read_type(struct message4 *m)
{
    uint8_t type = dhcp4_options_u8(&m->options, OPTION_MESSAGE_TYPE);

    if (!dhcp4_options_has(&m->options, OPTION_MESSAGE_TYPE))
        return DHCP4_NO_TYPE;
    m->type = (enum dhcp4_type)type;
    switch (type) {
    case DHCP4_DISCOVER:
    case DHCP4_REQUEST:
    case DHCP4_DECLINE:
    case DHCP4_RELEASE:
    case DHCP4_INFORM:
        return DHCP4_SOUND;
    default:
        return DHCP4_TYPE_INVALID;
    }
}

enum dhcp4_flaw message4_decode(const struct dhcp4_input *in, struct arena *scratch,
                                struct message4 *ret_message)
{
    struct message4 *m = ret_message;
    struct reader r = reader_over(in->bytes);
    enum dhcp4_flaw flaw;

    if (in->bytes.len > DHCP4_MESSAGE_MAX)
        return DHCP4_TOO_LONG;
    if ((flaw = dhcp4_header_decode(&r, &m->header)) != DHCP4_SOUND)
        return flaw;
    if ((flaw = check_header(&m->header)) != DHCP4_SOUND)
        return flaw;
    flaw = dhcp4_options_read(reader_rest(&r), &m->header, scratch, &m->options);
    if (flaw != DHCP4_SOUND)
        return flaw;
    if ((flaw = identity_read(&m->header, &m->options, &m->identity)) != DHCP4_SOUND)
        return flaw;
    if ((flaw = read_type(m)) != DHCP4_SOUND)
        return flaw;

    relay_read(&m->header, &m->options, &m->relay);
    m->quirks = client_facts_read(&m->header, &m->options, m->identity.mac, &m->client);
    m->client.interface = in->from.interface;
    m->has_server_id = dhcp4_options_has(&m->options, OPTION_SERVER_ID);
    m->server_id = dhcp4_options_ipv4(&m->options, OPTION_SERVER_ID);
    m->has_requested = dhcp4_options_has(&m->options, OPTION_REQUESTED_ADDRESS);
    m->requested = dhcp4_options_ipv4(&m->options, OPTION_REQUESTED_ADDRESS);
    m->unicast = ipv4_is_none(m->header.giaddr) && ipv4_is_unicast(in->from.destination) &&
                 !ipv4_equals(in->from.destination, ipv4_prefix_broadcast(in->from.link));
    return DHCP4_SOUND;
}

static bool is_allowed(const struct dhcp4_input *in, const struct message4 *m,
                       struct dhcp4_outcome *out)
{
    if (!in->limit)
        return true;
    enum limit_verdict verdict = limit_take(in->limit, m->identity.mac, in->now.steady);
    if (verdict == LIMIT_JUST_PAUSED) {
        char source[MAC_TEXT_MAX];
        mac_format(m->identity.mac, source);
        struct event *e = outcome_event(out, EVENT_RATE_LIMITED, in->now);
        event_add_text(e, "what", "DHCP messages");
        event_add_text(e, "source", source);
    }
    return verdict == LIMIT_ALLOWED;
}

struct message4 *message4_open(const struct dhcp4_input *in, struct arena *scratch,
                               struct dhcp4_outcome *out)
{
    memset(out, 0, sizeof *out);
    struct message4 *m = arena_new(scratch, struct message4);
    if (!m) {
        outcome_refuse(out, DHCP4_OPTIONS_TOO_MANY, in->now);
        return NULL;
    }
    enum dhcp4_flaw flaw = message4_decode(in, scratch, m);
    if (flaw != DHCP4_SOUND) {
        /* The address is worth telling whenever the header was whole. */
        out->client.mac = dhcp4_header_mac(&m->header);
        /* Replies and BOOTP of others pass by on the same port all day: nothing to tell of. */
        if (flaw != DHCP4_NOT_A_REQUEST && flaw != DHCP4_NO_MAGIC)
            outcome_refuse(out, flaw, in->now);
        return NULL;
    }
    out->has_client = true;
    out->client = m->client;
    return is_allowed(in, m, out) ? m : NULL;
}

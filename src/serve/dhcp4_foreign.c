/* See dhcp4_foreign.h. What makes a reply a boot server's is decided in dhcp/foreign. */
#include "serve/dhcp4_foreign.h"

#include <errno.h>

#include "dhcp/foreign.h"
#include "dhcp/options_write.h"

#define TELL_AGAIN_SECONDS 3600

/* NULL when the rows are full of servers told of lately: whoever makes servers up is not to fill
 * the log with them. */
static struct foreign_sighting *row_for(struct dhcp4_foreign *foreign, struct ipv4 server,
                                        uint32_t interface, struct now now)
{
    uint8_t oldest = 0;
    for (uint8_t i = 0; i < foreign->count; i++) {
        struct foreign_sighting *row = &foreign->rows[i];
        if (ipv4_equals(row->server, server) && row->interface == interface)
            return row;
        if (row->told.ns < foreign->rows[oldest].told.ns)
            oldest = i;
    }
    const struct foreign_sighting *former = &foreign->rows[oldest];
    if (foreign->count == FOREIGN_SERVERS_MAX && former->told.ns != INT64_MIN &&
        !instant_reached(now.steady,
                         instant_after(former->told, duration_seconds(TELL_AGAIN_SECONDS))))
        return NULL;
    uint8_t at = foreign->count < FOREIGN_SERVERS_MAX ? foreign->count++ : oldest;
    foreign->rows[at] = (struct foreign_sighting){ .server = server,
                                                   .interface = interface,
                                                   .told = { .ns = INT64_MIN } };
    return &foreign->rows[at];
}

void dhcp4_foreign_hear(struct dhcp4_foreign *foreign, const struct raw_udp *datagram,
                        const struct view *view, struct now now, const struct event_sink *sink)
{
    uint8_t memory[4096];
    struct arena scratch = arena_over(memory, sizeof memory);
    struct foreign_server seen;
    const struct iface *iface = iface_by_index(&view->ifaces, datagram->interface);
    enum dhcp_mode mode = iface ? view_mode(view, iface) : DHCP_OFF;

    if (datagram->ours || mode == DHCP_OFF ||
        foreign_server_read(datagram->payload, &scratch, &seen) != DHCP4_SOUND ||
        iface_by_address(&view->ifaces, seen.server))
        return;
    bool troubles = seen.boots || (mode == DHCP_SERVER && seen.gives_address);
    struct foreign_sighting *row = row_for(foreign, seen.server, datagram->interface, now);
    if (!row)
        return;
    bool news = (seen.boots && !row->boots) || (seen.gives_address && !row->gives_address);
    row->boots |= seen.boots;
    row->gives_address |= seen.gives_address;
    struct instant due = instant_after(row->told, duration_seconds(TELL_AGAIN_SECONDS));
    if (!troubles || (!news && row->told.ns != INT64_MIN && !instant_reached(now.steady, due)))
        return;
    row->told = now.steady;
    struct event e =
        event_make(seen.boots ? EVENT_FOREIGN_BOOT_SERVER : EVENT_FOREIGN_DHCP_SERVER, now, 0);
    event_add_ipv4(&e, "server", seen.server.value);
    event_add_text(&e, "interface", iface->name);
    event_emit(sink, &e);
}

int dhcp4_foreign_ask(int ear_fd, const struct iface *iface, uint32_t xid)
{
    uint8_t message[DHCP4_BOOTP_BYTES + 128];
    static const uint8_t discover[] = { 1 };
    static const uint8_t wanted[] = { 1, 3, 43, 54, 60, 66, 67 };
    static const uint8_t arch_x64[] = { 0, 7 };
    static const char vendor_class[] = "PXEClient:Arch:00007:UNDI:003000";
    struct dhcp4_header header = { .op = DHCP4_OP_REQUEST,
                                   .htype = DHCP4_HTYPE_ETHERNET,
                                   .hlen = 6,
                                   .xid = xid,
                                   .flags = DHCP4_FLAG_BROADCAST };
    struct writer w = writer_over(message, sizeof message);
    struct mac everybody;

    /* A locally administered address of our own, so that no lease of ours is touched. */
    memcpy(header.chaddr, iface->mac.bytes, sizeof iface->mac.bytes);
    header.chaddr[0] ^= 0x02;
    dhcp4_header_encode(&w, &header);
    struct options_writer o = options_write_begin(&w, sizeof message, (struct span){ 0 });
    options_write(&o, OPTION_MESSAGE_TYPE, span_of(discover, sizeof discover));
    options_write(&o, OPTION_PARAMETER_LIST, span_of(wanted, sizeof wanted));
    options_write(&o, OPTION_VENDOR_CLASS, span_text(vendor_class));
    options_write(&o, OPTION_CLIENT_ARCH, span_of(arch_x64, sizeof arch_x64));
    if (!options_write_end(&o))
        return -EMSGSIZE;
    memset(everybody.bytes, 0xff, sizeof everybody.bytes);
    return raw_send_udp(ear_fd, iface->index, everybody, (struct endpoint){ IPV4_NONE, 68 },
                        (struct endpoint){ IPV4_BROADCAST, 67 }, writer_span(&w));
}

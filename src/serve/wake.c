/* See wake.h. Both forms are sent: some cards hear one of them only. */
#include "serve/wake.h"

#include <errno.h>

#include "model/wake.h"
#include "net/wake.h"

static bool holds(const struct iface *iface, struct ipv4 address)
{
    const struct iface_address *own = iface_address_for(iface, address);
    return own && ipv4_prefix_contains(own->link, address);
}

static int send_on(const struct wake_order *order, const struct iface *iface, struct span packet)
{
    const struct iface_address *own = iface_address_for(iface, order->address);
    int by_udp = own ? wake_send_udp(own, packet) : -EADDRNOTAVAIL;
    int by_frame =
        order->packet_fd >= 0 ? wake_send_frame(order->packet_fd, iface->index, packet) : -EPERM;
    return by_udp == 0 || by_frame == 0 ? 0 : by_udp;
}

int wake_machine(const struct wake_order *order, struct text *sent)
{
    uint8_t bytes[WAKE_PACKET_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    bool is_placed = false;
    int result = -ENODEV;

    wake_packet_write(&w, order->machine, order->password);
    for (uint8_t i = 0; i < order->ifaces->count; i++)
        is_placed = is_placed || (order->serves(order->context, &order->ifaces->rows[i]) &&
                                  holds(&order->ifaces->rows[i], order->address));
    for (uint8_t i = 0; i < order->ifaces->count; i++) {
        const struct iface *iface = &order->ifaces->rows[i];
        if (!order->serves(order->context, iface) || (is_placed && !holds(iface, order->address)))
            continue;
        int r = send_on(order, iface, writer_span(&w));
        if (r == 0)
            text_addf(sent, "%s%s", sent->len > 0 ? ", " : "", iface->name);
        if (result != 0)
            result = r;
    }
    return result;
}

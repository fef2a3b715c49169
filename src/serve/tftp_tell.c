/* See tftp_tell.h. The words are in events.def; here is what goes into them. */
#include "serve/tftp_tell.h"

#include "model/answer_path.h"

#define TELL_AGAIN     duration_seconds(10)
#define TELL_WAY_AGAIN duration_seconds(1)
#define NO_DESCRIPTORS "TFTP transfers"

struct event tftp_tell_event(const struct transfer_row *row, enum event_id id)
{
    struct event e = event_make(id, tftp_port_now(row->port), mac_to_u64(row->fetch.client.mac));
    /* The same file has the same name as by HTTP: GRUB's lead with a slash, firmware's do not. */
    char name[sizeof row->name + 8];
    struct text shown = text_over(name, sizeof name);
    answer_path_show(span_text(row->name + (row->name[0] == '/' && row->name[1] != 0)), &shown);
    event_add_text(&e, "file", name);
    event_add_ipv4(&e, "source", row->route.to.addr.value);
    return e;
}

void tftp_tell(const struct tftp_port *port, const struct event *e)
{
    event_emit(&port->provider->events, e);
}

void tftp_tell_bytes(const struct transfer_row *row, enum event_id id, struct span reason)
{
    struct event e = tftp_tell_event(row, id);
    event_add_bytes(&e, "bytes", tftp_transfer_bytes_acked(&row->transfer));
    if (reason.len > 0)
        event_add_span(&e, "reason", reason);
    tftp_tell(row->port, &e);
}

/* What a configuration says is told by the provider; that it was fetched tells nothing more. */
static bool is_told_elsewhere(const struct transfer_row *row)
{
    enum served_as as = row->fetch.candidate.served_as;
    return as == SERVED_GRUB_CONFIG || as == SERVED_POINTER;
}

void tftp_tell_started(const struct transfer_row *row)
{
    if (is_told_elsewhere(row))
        return;
    struct event e = tftp_tell_event(row, EVENT_TFTP_STARTED);
    event_add_ipv4(&e, "server", row->local.value);
    event_add_bytes(&e, "size", row->transfer.size);
    event_add_number(&e, "blksize", row->transfer.terms.block_size);
    event_add_number(&e, "windowsize", row->transfer.terms.window);
    tftp_tell(row->port, &e);
}

void tftp_tell_way(struct transfer_row *row)
{
    struct instant now = tftp_port_now(row->port).steady;
    if (instant_since(now, row->told_way).ns < TELL_WAY_AGAIN.ns)
        return;
    row->told_way = now;
    struct event e = tftp_tell_event(row, EVENT_FILE_PROGRESS);
    event_add_bytes(&e, "bytes", tftp_transfer_bytes_acked(&row->transfer));
    event_add_bytes(&e, "total", row->transfer.size);
    tftp_tell(row->port, &e);
}

void tftp_tell_done(const struct transfer_row *row)
{
    enum served_as as = row->fetch.candidate.served_as;
    bool is_kernel = as == SERVED_KERNEL || as == SERVED_INITRD;
    if (is_told_elsewhere(row))
        return;
    struct event e = tftp_tell_event(row, is_kernel ? EVENT_TFTP_KERNEL_DONE : EVENT_TFTP_DONE);
    struct duration took = instant_since(tftp_port_now(row->port).steady, row->transfer.started);
    event_add_bytes(&e, "bytes", row->transfer.size);
    event_add_millis(&e, "ms", (uint64_t)duration_to_ms(took));
    tftp_tell(row->port, &e);
}

void tftp_tell_probed(const struct transfer_row *row)
{
    struct event e = tftp_tell_event(row, EVENT_TFTP_PROBED);
    event_add_bytes(&e, "bytes", row->transfer.size);
    tftp_tell(row->port, &e);
}

void tftp_tell_limited(const struct tftp_port *port, struct ipv4 source, const char *what)
{
    struct event e = event_make(EVENT_RATE_LIMITED, tftp_port_now(port), 0);
    event_add_text(&e, "what", what);
    event_add_ipv4(&e, "source", source.value);
    tftp_tell(port, &e);
}

void tftp_tell_client_full(struct tftp_port *port, struct ipv4 source)
{
    struct instant now = tftp_port_now(port).steady;
    if (!instant_reached(now, port->told_client_full))
        return;
    port->told_client_full = instant_after(now, TELL_AGAIN);
    tftp_tell_limited(port, source, "TFTP transfers at a time");
}

void tftp_tell_rows_full(struct tftp_port *port, struct ipv4 source)
{
    struct now now = tftp_port_now(port);
    if (!instant_reached(now.steady, port->told_rows_full))
        return;
    port->told_rows_full = instant_after(now.steady, TELL_AGAIN);
    struct event e = event_make(EVENT_TFTP_FULL, now, 0);
    event_add_number(&e, "limit", port->settings.transfers_max);
    event_add_ipv4(&e, "client", source.value);
    tftp_tell(port, &e);
}

void tftp_tell_no_descriptors(struct tftp_port *port)
{
    struct now now = tftp_port_now(port);
    if (!instant_reached(now.steady, port->told_descriptors))
        return;
    port->told_descriptors = instant_after(now.steady, TELL_AGAIN);
    struct event e = event_make(EVENT_DESCRIPTORS_EXHAUSTED, now, 0);
    event_add_text(&e, "what", NO_DESCRIPTORS);
    tftp_tell(port, &e);
}

void tftp_tell_packet(const struct transfer_row *row, bool sent, uint16_t local_port,
                      struct span bytes)
{
    const struct provider *provider = row->port->provider;
    /* Its name has a token in it. */
    if (row->fetch.candidate.served_as == SERVED_ANSWER)
        return;
    const struct endpoint local = { row->local, local_port };
    if (provider->packet)
        provider->packet(provider->context, &row->fetch.client, sent, sent ? local : row->route.to,
                         sent ? row->route.to : local, bytes, tftp_port_now(row->port));
}

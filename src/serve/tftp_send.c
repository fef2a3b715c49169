/* See tftp_send.h. What cannot be sent is for the transfer to repeat; what cannot be read ends it
 * with an ERROR, never with a short block. */
#include "serve/tftp_send.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/body_read.h"
#include "serve/tftp_tell.h"

#define READ_FAILED "the file changed or failed while it was read"

static int socket_of(const struct transfer_row *row)
{
    return row->watch.fd >= 0 ? row->watch.fd : row->port->watch.fd;
}

void tftp_send_error(int fd, const struct udp_route *route, enum tftp_error code,
                     const char *message)
{
    uint8_t bytes[TFTP_DATA_HEADER + 200];
    struct writer w = writer_over(bytes, sizeof bytes);
    tftp_packet_write_error(&w, code, message);
    if (!w.failed)
        /* a lost ERROR is like a lost packet: the client asks again or gives up */
        (void)!udp_send(fd, route, writer_span(&w));
}

/* Put `count` DATA packets, one behind the other, into the port's buffer. */
static int read_blocks(struct transfer_row *row, uint64_t first, uint32_t count,
                       struct span *ret_bytes)
{
    struct tftp_port *port = row->port;
    struct writer w = writer_over(port->buffer, sizeof port->buffer);
    uint64_t start = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = 0;
        size_t length = 0;
        tftp_transfer_locate(&row->transfer, first + i, &offset, &length);
        if (i == 0)
            start = offset;
        tftp_packet_write_data_header(&w, (uint16_t)(first + i));
        assert(!w.failed && length <= writer_left(&w));
        port->vectors[i] = (struct iovec){ .iov_base = w.data + w.len, .iov_len = length };
        w.len += length;
    }
    *ret_bytes = writer_span(&w);
    /* a client that takes one block at a time costs a system call for several blocks, not each;
     * one that has not answered yet is not worth the memory */
    if (count == 1 && row->transfer.state == TFTP_SENDING)
        return body_read_ahead(&row->fetch.body, &row->ahead, start, port->vectors[0].iov_base,
                               port->vectors[0].iov_len);
    return body_read(&row->fetch.body, start, port->vectors, count);
}

/* 0, or a negative errno of reading the file. What cannot be sent is for the transfer to repeat. */
static int send_blocks(struct transfer_row *row, uint64_t first, uint32_t count)
{
    size_t packet = TFTP_DATA_HEADER + (size_t)row->transfer.terms.block_size;
    size_t most = min_size(UDP_SEGMENTS, max_size(1, UDP_SEGMENT_SUM / packet));

    while (count > 0) {
        uint32_t part = (uint32_t)min_size(count, most);
        struct span bytes = { 0 };
        int r = read_blocks(row, first, part, &bytes);
        if (r < 0)
            return r;
        r = udp_send_segments(socket_of(row), &row->route, bytes, packet, &row->plain);
        if (r == -EAGAIN || (r >= 0 && (uint32_t)r < part)) {
            tftp_transfer_hold_back(&row->transfer, first + (r > 0 ? (uint32_t)r : 0),
                                    tftp_port_now(row->port).steady);
            return 0;
        }
        if (r < 0)
            return 0; /* no route for now: as good as lost */
        first += part;
        count -= part;
    }
    return 0;
}

static void cut(struct transfer_row *row, int error)
{
    const char *reason = error == -ENODATA ? "it became shorter" : strerror(-error);
    struct event e = tftp_tell_event(row, EVENT_TFTP_CUT);
    event_add_bytes(&e, "bytes", tftp_transfer_bytes_acked(&row->transfer));
    event_add_text(&e, "reason", reason);
    tftp_tell(row->port, &e);
    tftp_send_error(socket_of(row), &row->route, TFTP_ERROR_UNDEFINED, READ_FAILED);
    tftp_rows_release(row);
}

static void finish(struct transfer_row *row, enum tftp_ending ending, struct span reason)
{
    struct tftp_port *port = row->port;
    switch (ending) {
    case TFTP_GOES_ON:
        return;
    case TFTP_COMPLETE:
        tftp_tell_done(row);
        port->provider->delivered(port->provider->context, &row->fetch, tftp_port_now(port));
        tftp_rows_retire(row);
        tftp_rows_move(&port->lingering, row);
        tftp_rows_schedule(row);
        return;
    case TFTP_PROBE:
        tftp_tell_probed(row);
        break;
    case TFTP_GIVEN_UP:
        tftp_tell_bytes(row, EVENT_TFTP_ABORTED,
                        reason.len > 0 ? reason : span_text("no reason given"));
        break;
    case TFTP_SILENT:
        tftp_tell_bytes(row, EVENT_TFTP_TIMED_OUT, (struct span){ 0 });
        break;
    case TFTP_FORGOTTEN:
        break;
    }
    tftp_rows_release(row);
}

/* Carry a step out. The row may be free afterwards. */
void tftp_send_step(struct transfer_row *row, const struct tftp_step *step, struct span reason)
{
    int r = 0;
    if (step->answered) {
        tftp_rows_move(&row->port->sending, row);
        row->told_way = tftp_port_now(row->port).steady;
        tftp_tell_started(row);
    }
    switch (step->action) {
    case TFTP_DO_NOTHING:
        break;
    case TFTP_SEND_OACK:
        (void)!udp_send(socket_of(row), &row->route, span_of(row->oack, row->oack_len));
        tftp_tell_packet(row, true, udp_local_port(socket_of(row)),
                         span_of(row->oack, row->oack_len));
        break;
    case TFTP_SEND_DATA:
        r = send_blocks(row, step->first, step->count);
        tftp_tell_way(row);
        break;
    }
    if (r < 0)
        cut(row, r);
    else if (step->ending != TFTP_GOES_ON)
        finish(row, step->ending, reason);
    else
        tftp_rows_schedule(row);
}

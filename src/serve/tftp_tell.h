/* Inside the TFTP port: what it tells about transfers and limits, as events. */
#ifndef SERVE_TFTP_TELL_H
#define SERVE_TFTP_TELL_H

#include "serve/tftp_rows.h"

/* An event about this transfer: its machine, file and client. */
struct event tftp_tell_event(const struct transfer_row *row, enum event_id id);
void tftp_tell(const struct tftp_port *port, const struct event *e);

/* With the bytes the client has; `reason` may be empty. */
void tftp_tell_bytes(const struct transfer_row *row, enum event_id id, struct span reason);
void tftp_tell_started(const struct transfer_row *row);
/* How far it is; told once a second. */
void tftp_tell_way(struct transfer_row *row);
void tftp_tell_done(const struct transfer_row *row);
void tftp_tell_probed(const struct transfer_row *row);

void tftp_tell_limited(const struct tftp_port *port, struct ipv4 source, const char *what);
/* These are told once in ten seconds. */
void tftp_tell_client_full(struct tftp_port *port, struct ipv4 source);
void tftp_tell_rows_full(struct tftp_port *port, struct ipv4 source);
void tftp_tell_no_descriptors(struct tftp_port *port);

/* Hand a control packet of this row's transfer to the machine's ring.
 * `local_port` is ours. */
void tftp_tell_packet(const struct transfer_row *row, bool sent, uint16_t local_port,
                      struct span bytes);

#endif

/* Inside the TFTP port: carrying out what tftp/transfer decided. */
#ifndef SERVE_TFTP_SEND_H
#define SERVE_TFTP_SEND_H

#include "serve/tftp_rows.h"

void tftp_send_error(int fd, const struct udp_route *route, enum tftp_error code,
                     const char *message);

/* Carry a step out; `reason` is the client's word when it gave up. The row may be free afterwards.
 */
void tftp_send_step(struct transfer_row *row, const struct tftp_step *step, struct span reason);

#endif
